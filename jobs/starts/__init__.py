"""The starts of a job: rows, their own notes, what they kept, and what came to nothing."""
