"""What a status page tells of its job: history, progress, receipt, outages."""
