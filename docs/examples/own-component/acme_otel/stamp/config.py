"""Configuration; imports nothing but otel_agent.config, so that the operator can check it at admission."""

from otel_agent.config.model import ConfigModel


class StampConfig(ConfigModel):
    """Unknown keys, wrong types and a missing `team` are errors with their path in the configuration."""

    team: str
    """Name that is stamped."""
    drop_health_checks: bool = False
    """Whether spans of /health end here."""
