"""Exporters, one folder each."""
