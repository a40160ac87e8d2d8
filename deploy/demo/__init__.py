"""The whole of Freeloader on one machine, without root: `make demo` and `make demo-check`.

SQLite, a real Swift in one process, the local cluster, letters as files.
"""
