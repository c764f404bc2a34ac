"""Receivers, one folder each."""
