"""Targets by the Kubernetes API: objects are listed and watched, and each role makes targets of them."""
