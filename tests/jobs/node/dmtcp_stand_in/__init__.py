"""Programs with the command lines of DMTCP, for machines that have none."""
