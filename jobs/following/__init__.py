"""Following jobs at a cluster: what a look shows becomes moves of their rows."""
