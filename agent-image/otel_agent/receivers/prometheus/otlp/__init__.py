"""Turns samples into OTLP metrics (collector specification, 3.2)."""
