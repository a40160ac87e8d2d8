"""`python -m jobs.node` in a checkout: the same program as run.pyz on the node."""

from .command import main

main()
