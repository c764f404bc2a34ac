"""The collector's own logs and metrics."""
