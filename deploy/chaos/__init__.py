"""Tries to make a whole site lose, double or falsely finish a job: `make chaos`.

    python -m deploy.chaos --jobs 200 --seed 7 --database postgres

Visitors send jobs to a site on the test bed, while processes are killed or halted, connections
cut, parts stopped, nodes taken: all drawn from the seed. At the end the site's ledger is compared
with the truth: Slurm's accounting, what the research code wrote down itself, the bytes behind the
mailed links, the letters that arrived.
"""
