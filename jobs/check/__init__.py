"""What becomes of the check of files: reports, the words for it, and what staff decide by."""
