"""Nothing but idle computers: whether a partition gives way, and when one is expected."""
