"""Configuration of the bearertokenauth extension."""

from typing import Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Opaque


class BearerTokenAuthConfig(ConfigModel):
    """One source of tokens: `token`, `tokens` or `filename`."""

    header: str = "Authorization"
    scheme: str = "Bearer"
    """Stands before the token, with a space; may be empty."""
    token: Opaque = Opaque("")
    tokens: list[Opaque] = Field(default_factory=list)
    """Servers take any of them, clients send the first."""
    filename: str = ""
    """One token a line; read again when it changes, and preferred to the others."""

    @model_validator(mode="after")
    def check_bearertokenauth(self) -> Self:
        """There is a token, from one place."""
        if not (self.token or self.tokens or self.filename):
            raise ValueError("no bearer token provided: set `filename`, `token` or `tokens`")
        if self.token and self.tokens:
            raise ValueError("either `tokens` or `token` should be set, not both")
        if not self.header:
            raise ValueError("`header` must not be empty: the default is Authorization")
        return self
