"""Asks metadata services over HTTP: small answers, no proxies, no redirects."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

MAX_ANSWER = 4 * 1024 * 1024
"""Bytes; answers of these services have a few KB."""


class FetchError(Exception):
    """No answer, or another than was hoped for; `status` is 0 without one."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Fetcher:
    """One connection pool, for one run of the detectors; close it in the end."""

    def __init__(self, timeout: float, *, unix_socket: str = "") -> None:
        self._timeout = timeout
        self._unix_socket = unix_socket
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close connections. Idempotent."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def text(self, url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> str:
        """Return the body of an answer with status 200; FetchError otherwise."""
        import aiohttp

        if self._session is None:
            if self._unix_socket:
                connector: aiohttp.BaseConnector = aiohttp.UnixConnector(self._unix_socket)
            else:
                connector = aiohttp.TCPConnector()
            self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=self._timeout))
        try:
            async with self._session.request(method, url, headers=headers, allow_redirects=False) as answer:
                body = await answer.content.read(MAX_ANSWER)
                while not answer.content.at_eof():
                    if len(body) >= MAX_ANSWER:
                        raise FetchError(f"{method} {url}: more than {MAX_ANSWER} bytes", answer.status)
                    body += await answer.content.read(MAX_ANSWER - len(body))
                if answer.status != 200:
                    raise FetchError(f"{method} {url}: status {answer.status}", answer.status)
                return body.decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FetchError(f"{method} {url}: {error or type(error).__name__}") from error

    async def json(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """Return the JSON value of an answer; FetchError otherwise."""
        body = await self.text(url, headers)
        try:
            return json.loads(body)
        except ValueError as error:
            raise FetchError(f"GET {url}: not JSON: {error}") from error

    async def mapping(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object of an answer; FetchError otherwise."""
        found = await self.json(url, headers)
        if not isinstance(found, dict):
            raise FetchError(f"GET {url}: not a JSON object")
        return found
