"""Configuration of the nop exporter."""

from otel_agent.config.model import ConfigModel


class NopConfig(ConfigModel):
    """Has no keys."""
