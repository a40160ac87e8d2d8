"""What the admin pages of jobs have in common: who may enter, and rows to look at."""
