"""Finds targets: one module a mechanism, all giving target groups."""
