"""What the upload page makes of a network, beside curl: `make bench-upload`."""
