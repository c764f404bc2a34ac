"""Command line of otelcol."""
