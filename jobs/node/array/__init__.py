"""Work that is divided: split(), its parts in the hands of several workers, merge()."""
