"""What preemption costs: the same work with and without what keeps its progress."""
