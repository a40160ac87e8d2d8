"""A cluster is gone for good: what is owed there is closed, and said to be unproved."""
