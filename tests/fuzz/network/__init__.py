"""Hostile requests to a running collector, each with the answer that the rules ask for: `python -m tests.fuzz.network --help`."""
