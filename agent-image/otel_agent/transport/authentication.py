"""What an authentication extension offers to receivers and exporters, and how they find it."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from otel_agent.config.blocks.references import AuthConfig, MiddlewareConfig
from otel_agent.pdata.telemetry import ClientInfo
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError


class AuthenticationError(Exception):
    """The credentials of a request are missing or wrong."""


@runtime_checkable
class ServerAuthenticator(Protocol):
    """An extension that checks requests."""

    async def authenticate(self, headers: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        """Check the headers or gRPC metadata (lower-case keys) of a request; `AuthenticationError` when they do not do.

        Returns what they say about the sender, for `ClientInfo.auth`.
        """
        ...


@runtime_checkable
class ClientAuthenticator(Protocol):
    """An extension that adds credentials."""

    demands_tls: bool
    """Whether gRPC must not send them in plain text; HTTP may, as in the Go collector."""

    async def credentials(self, headers: Mapping[str, str], client: ClientInfo) -> Mapping[str, str]:
        """Return `headers` of the next request with the credentials; `client` sent the data. `RetryableError` without them."""
        ...


def server_authenticator(host: Host, config: AuthConfig | None) -> ServerAuthenticator | None:
    """Look up the extension that `auth::authenticator` names; `StartError` when it cannot do this."""
    extension = _extension(host, config)
    if extension is None or isinstance(extension, ServerAuthenticator):
        return extension
    raise StartError(f'auth::authenticator: extension "{config and config.authenticator}" cannot check requests')


def client_authenticator(host: Host, config: AuthConfig | None, *, plain_grpc: bool = False) -> ClientAuthenticator | None:
    """Look up the extension that `auth::authenticator` names; `StartError` when it cannot do this.

    `plain_grpc` says that the credentials would be sent by gRPC without TLS.
    """
    extension = _extension(host, config)
    if isinstance(extension, ClientAuthenticator) and extension.demands_tls and plain_grpc:
        raise StartError(
            f'auth::authenticator: the credentials of "{config and config.authenticator}" require transport level security: '
            "remove tls::insecure, or send by otlp_http"
        )
    if extension is None or isinstance(extension, ClientAuthenticator):
        return extension
    raise StartError(f'auth::authenticator: extension "{config and config.authenticator}" cannot add credentials')


def refuse_middlewares(middlewares: list[MiddlewareConfig]) -> None:
    """Raise `StartError` when any are configured: none exist, and leaving one out silently could undo a protection."""
    if middlewares:
        raise StartError(f'middlewares: extension "{middlewares[0].id}" cannot be used, middlewares are not supported')


def _extension(host: Host, config: AuthConfig | None) -> object:
    if config is None:
        return None
    try:
        found: object = host.extension(config.authenticator)
    except KeyError:
        raise StartError(
            f'auth::authenticator: extension "{config.authenticator}" is not running, add it to service::extensions'
        ) from None
    return found
