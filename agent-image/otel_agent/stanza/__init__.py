"""Operators that turn text into structured log records (stanza), shared by the receivers that read logs."""
