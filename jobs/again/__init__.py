"""Running a job again on the files that it was sent with."""
