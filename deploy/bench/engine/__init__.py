"""What the engine costs: overhead and rate of jobs that do nothing, and looks at many live jobs."""
