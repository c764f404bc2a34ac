"""OpenTelemetry Collector in Python, configuration-compatible with the Go one."""
