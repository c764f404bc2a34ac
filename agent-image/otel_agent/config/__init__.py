"""Collector configuration: grammar, component schemas and checks.

Pure, because the operator uses it too: only `providers` does I/O, and `installed_registry` reads what is installed.
"""
