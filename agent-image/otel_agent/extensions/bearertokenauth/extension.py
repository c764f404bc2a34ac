"""The bearertokenauth extension, for servers and clients."""

import hmac
import logging
from collections.abc import Mapping

from otel_agent.extensions.bearertokenauth.config import BearerTokenAuthConfig
from otel_agent.pdata.telemetry import ClientInfo
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import RetryableError, StartError
from otel_agent.transport.authentication import AuthenticationError
from otel_agent.transport.request_headers import replace
from otel_agent.transport.watched_file import WatchedFile


class BearerTokenAuth:
    """A `ServerAuthenticator` and a `ClientAuthenticator`."""

    demands_tls = True

    def __init__(self, config: BearerTokenAuthConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._fixed = tuple(config.tokens or (config.token,))
        self._file: WatchedFile | None = None
        self._read: tuple[str, tuple[str, ...]] = ("", ())
        """Text of the file, and its tokens."""

    async def start(self, host: Host) -> None:
        """Read the file; `StartError` when that is impossible or it has no token."""
        if self._config.filename:
            self._file = WatchedFile("filename", self._config.filename, self._logger)
            if not self._tokens():
                raise StartError(f"filename: {self._config.filename} holds no token")

    async def shutdown(self) -> None:
        """Do nothing."""

    async def authenticate(self, headers: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        """Compare the header with every token, in a time that does not depend on how they differ."""
        given = headers.get(self._config.header.lower())
        if not given:
            raise AuthenticationError(f"missing or empty authorization header: {self._config.header}")
        value = given[0].encode(errors="surrogateescape")  # bytes that are no text come so from HTTP
        matches = [hmac.compare_digest(value, self._with_scheme(token).encode()) for token in self._tokens()]
        if not any(matches):
            raise AuthenticationError("scheme or token does not match")
        return {"raw": given[0]}

    async def credentials(self, headers: Mapping[str, str], client: ClientInfo) -> Mapping[str, str]:
        """Add the first token."""
        tokens = self._tokens()
        if not tokens:
            raise RetryableError(f"{self._config.filename} holds no token at the moment")
        return replace(headers, self._config.header, self._with_scheme(tokens[0]))

    def _tokens(self) -> tuple[str, ...]:
        if self._file is None:
            return self._fixed
        text = self._file.text
        if text != self._read[0]:
            self._read = (text, tuple(line.strip() for line in text.splitlines() if line.strip()))
        return self._read[1]

    def _with_scheme(self, token: str) -> str:
        return f"{self._config.scheme} {token}" if self._config.scheme else str(token)
