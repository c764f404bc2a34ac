"""Pod admission: local caches, the mutators in their order, and everything that is said of what they did."""
