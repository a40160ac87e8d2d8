"""The verbs that move a job on; each may be repeated without harm."""
