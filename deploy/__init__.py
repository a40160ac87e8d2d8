"""Programs that start what Freeloader stands on: none of them is imported by the site."""
