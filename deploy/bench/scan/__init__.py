"""What the scanners cost, beside naive ways to use them: `make bench-scan`."""

import os

# As in the scanning processes; numpy asks for it when it is imported, which some reader does.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
