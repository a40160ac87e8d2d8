"""What staff have in the admin: a job's page with all its parts, letters, and alarms."""
