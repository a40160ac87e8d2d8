"""What comes of a job, and how it is handed over: links, pages, previews, archive, receipt."""
