"""Settings that name an extension: authentication and middleware."""

from pydantic import Field

from otel_agent.config.ids import ComponentIdText
from otel_agent.config.model import ConfigModel


class AuthConfig(ConfigModel):
    """The extension that authenticates a client, or that adds credentials to its requests (configauth)."""

    authenticator: ComponentIdText


class HttpServerAuthConfig(AuthConfig):
    """Authentication of an HTTP server."""

    request_params: list[str] = Field(default_factory=list)
    """Names of the query parameters the authenticator may see."""


class MiddlewareConfig(ConfigModel):
    """One extension that wraps requests (configmiddleware)."""

    id: ComponentIdText
