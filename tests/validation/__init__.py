"""What unit tests and tests against a real API server share: manifests that are taken, and ones with mistakes."""
