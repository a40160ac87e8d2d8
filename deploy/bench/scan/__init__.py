"""What the scanners cost, beside naive ways to use them: `make bench-scan`."""
