"""Several processes share the work of one collector: a supervisor, and workers which are complete collectors each."""
