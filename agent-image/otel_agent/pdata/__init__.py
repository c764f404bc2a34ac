"""Telemetry as OTLP request bytes, decoded only as deep as a component needs."""
