"""Deleting: how long sent files are kept, what is taken away, and proof that it is gone."""
