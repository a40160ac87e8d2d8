"""`python -m jobs.node` in a checkout: the same program as run.pyz on the node."""

from .run import main

main()
