"""Configuration of the pprof extension."""

from typing import Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.listen_address import parse_tcp_endpoint
from otel_agent.config.model import ConfigModel


class PprofConfig(ConfigModel):
    """Address, and a file for a profile of the whole run."""

    endpoint: str = "localhost:1777"
    block_profile_fraction: int = 0
    """Accepted, has no effect: Python has no such profile."""
    mutex_profile_fraction: int = 0
    """Accepted, has no effect: Python has no such profile."""
    save_to_file: str = ""
    dialer: dict[str, str] = Field(default_factory=dict)
    """Accepted, has no effect: a server dials nobody."""

    @model_validator(mode="after")
    def check_pprof(self) -> Self:
        """Demand an address that it can listen at."""
        if not self.endpoint:
            raise ValueError("endpoint is required: set host:port, such as localhost:1777")
        parse_tcp_endpoint(self.endpoint)
        return self
