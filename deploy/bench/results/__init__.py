"""How results arrive, and what the pages cost that read many rows: `make bench-results`."""
