"""Letters: how they are written and sent, what became of them, and how they go again."""
