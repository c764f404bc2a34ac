"""Collector configuration: grammar, providers, component schemas and checks. Imports no I/O; the operator uses it too."""
