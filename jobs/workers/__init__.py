"""The processes that do the work: when they look, whether they live, and their claims."""
