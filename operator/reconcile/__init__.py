"""Work queue, reconcile loop, apply, prune and status."""
