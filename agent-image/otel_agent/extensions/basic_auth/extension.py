"""The basic_auth extension, for servers or clients."""

import asyncio
import base64
import hashlib
import hmac
import logging
import os
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from otel_agent.extensions.basic_auth.config import ClientAuthConfig, HtpasswdConfig
from otel_agent.extensions.basic_auth.htpasswd import is_slow, matches, parse_htpasswd
from otel_agent.pdata.telemetry import ClientInfo
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.authentication import AuthenticationError
from otel_agent.transport.request_headers import replace
from otel_agent.transport.watched_file import WatchedFile

_HEADER = "Authorization"
_SCHEME = "basic "
_REMEMBERED = 1024
"""Successful log-ins that are not hashed again; bcrypt takes a twentieth of a second each."""
_THREADS = 2
"""Passwords being hashed at once, so that guessing does not take all cores."""


class ServerBasicAuth:
    """A `ServerAuthenticator`. The file is read at start, as in the Go collector."""

    def __init__(self, config: HtpasswdConfig) -> None:
        self._config = config
        self._users: dict[str, str] = {}
        self._secret = os.urandom(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._hashing = asyncio.Semaphore(_THREADS)

    async def start(self, host: Host) -> None:
        """Read the users; `StartError` when there is a mistake."""
        path = self._config.file
        try:
            self._users = parse_htpasswd(await asyncio.to_thread(Path(path).read_text)) if path else {}
        except (OSError, ValueError) as error:
            raise StartError(f"htpasswd::file: {path}: {error}") from error
        try:
            self._users |= parse_htpasswd(self._config.inline)
        except ValueError as error:
            raise StartError(f"htpasswd::inline: {error}") from error

    async def shutdown(self) -> None:
        """Do nothing."""

    async def authenticate(self, headers: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        """Check user and password."""
        given = headers.get(_HEADER.lower())
        if not given:
            raise AuthenticationError("no basic auth provided")
        user, password, raw = _decode(given[0])
        if not await self._valid(user, password):
            raise AuthenticationError("invalid credentials")
        return {"username": user, "raw": raw}

    async def _valid(self, user: str, password: str) -> bool:
        if not is_slow(self._users.get(user, "")):
            return matches(self._users, user, password)
        mark = hmac.digest(self._secret, f"{user}:{password}".encode(), hashlib.sha256)
        if mark in self._known:
            self._known.move_to_end(mark)
            return True
        async with self._hashing:
            if not await asyncio.to_thread(matches, self._users, user, password):
                return False
        self._known[mark] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return True


class ClientBasicAuth:
    """A `ClientAuthenticator`."""

    demands_tls = True

    def __init__(self, config: ClientAuthConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._user: WatchedFile | None = None
        self._password: WatchedFile | None = None

    async def start(self, host: Host) -> None:
        """Read the files; `StartError` when that is impossible."""
        if self._config.username_file:
            self._user = WatchedFile("client_auth::username_file", self._config.username_file, self._logger)
        if self._config.password_file:
            self._password = WatchedFile("client_auth::password_file", self._config.password_file, self._logger)

    async def shutdown(self) -> None:
        """Do nothing."""

    async def credentials(self, headers: Mapping[str, str], client: ClientInfo) -> Mapping[str, str]:
        """Add user and password."""
        user = self._user.text if self._user is not None else self._config.username
        password = self._password.text if self._password is not None else self._config.password
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
        return replace(headers, _HEADER, f"Basic {encoded}")


def _decode(header: str) -> tuple[str, str, str]:
    """Return user, password and what they were decoded from."""
    if not header.lower().startswith(_SCHEME):
        raise AuthenticationError("invalid schema prefix")
    raw = header[len(_SCHEME) :].strip()
    try:
        user, colon, password = base64.b64decode(raw, validate=True).decode().partition(":")
    except ValueError:
        raise AuthenticationError("invalid authorization format") from None
    if not colon:
        raise AuthenticationError("invalid authorization format")
    return user, password, raw
