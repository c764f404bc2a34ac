"""Configuration of the basic_auth extension."""

from typing import Self

from pydantic import model_validator

from otel_agent.config.model import ConfigModel, NoneBlock, Opaque


class HtpasswdConfig(ConfigModel):
    """Users that a server accepts; those of `inline` win over those of `file`."""

    file: str = ""
    inline: Opaque = Opaque("")

    @model_validator(mode="after")
    def check_htpasswd(self) -> Self:
        """There are users."""
        if not self.file and not self.inline:
            raise ValueError("no credential source provided: set `file` or `inline`")
        return self


class ClientAuthConfig(ConfigModel):
    """The user that a client sends; files are read again when they change."""

    username: str = ""
    username_file: str = ""
    password: Opaque = Opaque("")
    password_file: str = ""

    @model_validator(mode="after")
    def check_client_auth(self) -> Self:
        """One source each; a name cannot hold the colon that ends it."""
        for name in ("username", "password"):
            if getattr(self, name) and getattr(self, f"{name}_file"):
                raise ValueError(f"`{name}` and `{name}_file` exclude each other: keep one")
        if not self.username and not self.username_file:
            raise ValueError("required field `username` is empty: set it or `username_file`")
        if ":" in self.username:
            raise ValueError("`username` must not contain a colon")
        return self


class BasicAuthConfig(ConfigModel):
    """Either a server's or a client's side."""

    htpasswd: NoneBlock[HtpasswdConfig] = None
    client_auth: NoneBlock[ClientAuthConfig] = None

    @model_validator(mode="after")
    def check_basic_auth(self) -> Self:
        """Exactly one side."""
        if self.htpasswd is None and self.client_auth is None:
            raise ValueError("no credential source provided: set `htpasswd` for receivers or `client_auth` for exporters")
        if self.htpasswd is not None and self.client_auth is not None:
            raise ValueError("only one of `htpasswd` and `client_auth` can be set: use two extensions")
        return self
