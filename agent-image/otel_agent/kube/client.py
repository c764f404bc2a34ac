"""Asks the Kubernetes API: single objects, lists page by page, and watches."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from otel_agent.kube.access import KubeAccess
from otel_agent.transport.user_agent import USER_AGENT

if TYPE_CHECKING:
    import aiohttp

REQUEST_SECONDS = 30.0
WATCH_SECONDS = 300
"""How long the API server keeps a watch open; then it is asked again."""
PAGE = 500
"""Objects in one page of a list."""
MAX_LINE = 16 << 20
"""Longest event of a watch; an object may have 1.5 MiB in etcd and somewhat more as JSON."""


class KubeError(Exception):
    """The API server refused, or could not be reached."""

    def __init__(self, message: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; 0 when there was no answer."""
        self.retry_after = retry_after
        """Seconds that the API server asked us to wait."""


class KubeClient:
    """Reads by paths such as `/api/v1/nodes/name`. Connections are kept; make one client for what has one access."""

    def __init__(self, access: KubeAccess) -> None:
        self.access = access
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """Return the JSON at a path; `KubeError`."""
        import aiohttp

        try:
            async with self._request(path, parameters, aiohttp.ClientTimeout(total=REQUEST_SECONDS)) as response:
                await _raise_for(response, path)
                found: dict[str, Any] = await response.json()
                return found
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise KubeError(f"{self.access.server}{path}: {error or type(error).__name__}") from error

    async def list(self, path: str, **parameters: str | int) -> tuple[list[dict[str, Any]], str]:
        """Return all objects of a list and its resource version; `KubeError`, with status 410 when it changed too much."""
        objects: list[dict[str, Any]] = []
        page: dict[str, str | int] = {"limit": PAGE, **parameters}
        while True:
            found = await self.get(path, **page)
            objects += found.get("items") or ()
            metadata = found.get("metadata") or {}
            if not metadata.get("continue"):
                return objects, str(metadata.get("resourceVersion", ""))
            page = {"limit": PAGE, **parameters, "continue": metadata["continue"]}

    async def watch(self, path: str, **parameters: str | int) -> AsyncIterator[dict[str, Any]]:
        """Yield events (`type`, `object`) until the API server ends the watch; `KubeError`."""
        import aiohttp

        query = {"watch": "1", "timeoutSeconds": WATCH_SECONDS, "allowWatchBookmarks": "true", **parameters}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=REQUEST_SECONDS, sock_read=WATCH_SECONDS + REQUEST_SECONDS)
        try:
            async with self._request(path, query, timeout) as response:
                await _raise_for(response, path)
                async for line in _lines(response):
                    yield json.loads(line)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise KubeError(f"watch of {self.access.server}{path}: {error or type(error).__name__}") from error

    async def aclose(self) -> None:
        """Close all connections. Idempotent."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _request(self, path: str, parameters: Mapping[str, str | int], timeout: "aiohttp.ClientTimeout") -> Any:
        import aiohttp  # some 15 MB that a collector without Kubernetes never needs

        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=self.access.tls if self.access.tls is not None else True)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        if authorization := self.access.authorization():
            headers["Authorization"] = authorization
        return self._session.get(
            self.access.server + path,
            params=parameters,
            headers=headers,
            timeout=timeout,
            server_hostname=self.access.server_hostname or None,
        )


async def _raise_for(response: "aiohttp.ClientResponse", path: str) -> None:
    if response.status < 300:
        return
    try:
        body = json.loads(await response.content.read(64 << 10))
        reason = str(body.get("message", "")) if isinstance(body, dict) else ""
    except ValueError:
        reason = ""
    wait = response.headers.get("Retry-After", "")
    retry_after = float(wait) if wait.isdecimal() else None
    raise KubeError(f"{path}: {response.status} {reason or response.reason}", response.status, retry_after)


async def _lines(response: "aiohttp.ClientResponse") -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
        if len(rest) > MAX_LINE:
            raise ValueError(f"an event is longer than {MAX_LINE} bytes")
        for line in lines:
            if line:
                yield line
