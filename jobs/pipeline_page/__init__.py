"""The page of a pipeline: what it is, who announces files to it, and how many."""
