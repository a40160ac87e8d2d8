"""How many clean files the scan for personal data flags, and how much of it it finds."""
