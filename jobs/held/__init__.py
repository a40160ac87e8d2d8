"""What is held and why: a page in the admin, from rows alone."""
