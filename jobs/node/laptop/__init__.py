"""`try`: the same program on a PI's own computer, interrupted and compared if she wants it."""
