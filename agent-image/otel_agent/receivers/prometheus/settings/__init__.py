"""The Prometheus configuration file as models; imports `otel_agent.config` only."""
