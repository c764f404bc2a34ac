"""Configuration of the forward connector."""

from otel_agent.config.model import ConfigModel


class ForwardConfig(ConfigModel):
    """Has no keys."""
