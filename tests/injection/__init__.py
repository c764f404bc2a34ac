"""What unit tests and tests against a real API server share: pods, Instrumentations, and pods by the thousand."""
