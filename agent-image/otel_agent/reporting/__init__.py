"""Sends the collector's own metrics and logs to where service::telemetry says, by OTLP or to standard output."""
