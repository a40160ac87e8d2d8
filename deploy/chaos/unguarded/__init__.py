"""A site of which one guard was removed: only the harness knows how, never the product itself."""
