"""Command line of otel-operator."""
