"""Research code under DMTCP, which saves its processes and makes them again."""
