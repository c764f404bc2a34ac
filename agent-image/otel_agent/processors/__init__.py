"""Processors, one folder each."""
