"""Tokens by OAuth 2's client credentials grant (RFC 6749, sections 4.4 and 5): fetched when needed, kept until near their end."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

import orjson

_DEFAULT_TYPE = "Bearer"
MAX_ANSWER = 1024 * 1024
"""Bytes of an endpoint's answer."""

Form = Sequence[tuple[str, str]]
Post = Callable[[Form, Mapping[str, str]], Awaitable[tuple[int, bytes]]]
"""Posts a form with these headers to the token endpoint; returns status and body."""


class TokenRefusedError(Exception):
    """The endpoint gave no token; `rejected` when it refused the client, perhaps for how it presented itself."""

    def __init__(self, message: str, *, rejected: bool = False) -> None:
        super().__init__(message)
        self.rejected = rejected


@dataclass(frozen=True, slots=True)
class Token:
    """A token with the monotonic time of its end; None when it has none."""

    value: str
    kind: str
    expires: float | None

    def usable(self, now: float, buffer: float) -> bool:
        """Whether it need not be renewed yet."""
        return self.expires is None or now < self.expires - buffer

    @property
    def header(self) -> str:
        """Value of the Authorization header."""
        return f"{self.kind} {self.value}"


def parse_token(status: int, body: bytes, now: float) -> Token:
    """Read an answer; `TokenRefusedError` says why it holds no token (never what the body holds, which may be secret)."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    if status != 200:
        reason = answer.get("error") if isinstance(answer, dict) else None
        raise TokenRefusedError(
            f"the token endpoint answered {status}" + (f" {reason}" if reason else ""), rejected=status in (400, 401)
        )
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
        raise TokenRefusedError("the token endpoint answered without an access_token")
    try:
        lifetime = float(answer.get("expires_in") or 0)
    except (TypeError, ValueError):
        lifetime = 0.0
    kind = str(answer.get("token_type") or _DEFAULT_TYPE)
    return Token(
        answer["access_token"],
        _DEFAULT_TYPE if kind.lower() == "bearer" else kind,
        now + lifetime if lifetime > 0 else None,
    )


@dataclass(frozen=True, slots=True)
class Grant:
    """What the client shows for a token."""

    client_id: str
    client_secret: str
    scopes: Sequence[str] = ()
    more: Form = ()
    """Parameters that this endpoint wants besides."""


class TokenSource:
    """Tokens of one endpoint; all who want one wait for one request."""

    def __init__(self, post: Post, grant: Callable[[], Grant], buffer: float) -> None:
        """`grant` is called for each token, since secrets are renewed; a token is used until `buffer` seconds before its end."""
        self._post = post
        self._grant = grant
        self._buffer = buffer
        self._token: Token | None = None
        self._fetching = asyncio.Lock()
        self._in_header = True
        """How the endpoint takes the client's secret: as basic authentication or, when it refuses that, in the form."""

    async def token(self) -> Token:
        """Return a token that can be used now; `TokenRefusedError`, and what `post` and `grant` raise."""
        if (token := self._usable()) is None:
            async with self._fetching:
                if (token := self._usable()) is None:
                    token = self._token = await self._fetch()
        return token

    def _usable(self) -> Token | None:
        token = self._token
        return token if token is not None and token.usable(time.monotonic(), self._buffer) else None

    async def _fetch(self) -> Token:
        try:
            return await self._request(in_header=self._in_header)
        except TokenRefusedError as error:
            if not error.rejected:
                raise
        token = await self._request(in_header=not self._in_header)
        self._in_header = not self._in_header
        return token

    async def _request(self, *, in_header: bool) -> Token:
        grant = self._grant()
        form = [("grant_type", "client_credentials")]
        if grant.scopes:
            form.append(("scope", " ".join(grant.scopes)))
        form += grant.more
        headers = {"Accept": "application/json"}
        if in_header:
            pair = f"{quote_plus(grant.client_id)}:{quote_plus(grant.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form += [("client_id", grant.client_id), ("client_secret", grant.client_secret)]
        sent = time.monotonic()
        status, body = await self._post(form, headers)
        return parse_token(status, body, sent)
