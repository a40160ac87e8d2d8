"""What a PI wants to know of her pipelines: figures, failures, and a letter a week."""
