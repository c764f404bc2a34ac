"""Asks the Kubernetes API: single objects, lists page by page, and watches."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson

from otel_agent.kube.access import KubeAccess
from otel_agent.kube.errors import KubeError
from otel_agent.transport.http_answer import AnswerTooLong, read_answer
from otel_agent.transport.user_agent import USER_AGENT

if TYPE_CHECKING:
    import aiohttp

REQUEST_SECONDS = 30.0
WATCH_SECONDS = 300
"""How long the API server keeps a watch open; soon after, a connection that died without a word is noticed."""
PAGE = 500
"""Objects in one page of a list."""
MAX_ANSWER = 256 << 20
"""Bytes of one page; the API server bounds an object at about 1.5 MiB, which few come near."""
MAX_EVENT = 16 << 20
"""Bytes of an event of a watch; an object may have 1.5 MiB in etcd and somewhat more as JSON."""
_MAX_REFUSAL = 64 << 10


class KubeClient:
    """Reads by paths such as `/api/v1/nodes/name`. Connections are kept; make one client for what has one access."""

    def __init__(self, access: KubeAccess, seconds: float = REQUEST_SECONDS) -> None:
        """`seconds` bound an object, or a page of a list."""
        self.access = access
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at a path; `KubeError`."""
        import aiohttp

        try:
            async with await self._send(path, parameters or {}, self._seconds) as response:
                await _raise_for(response, path)
                return _mapping(path, await read_answer(response, MAX_ANSWER))
        except (AnswerTooLong, ValueError) as error:  # the second for a token that no header can hold
            raise KubeError(path, str(error)) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise KubeError(path, str(error) or type(error).__name__, lost=True) from error

    async def uid(self, path: str) -> str:
        """Return the uid of the object at a path; `KubeError`."""
        found = await self.get(path)
        uid = (found.get("metadata") or {}).get("uid")
        if not isinstance(uid, str):
            raise KubeError(path, "has no metadata.uid")
        return uid

    async def pages(self, path: str, parameters: Mapping[str, str] | None = None) -> AsyncGenerator[dict[str, Any]]:
        """Yield a list page by page; the last one has its resource version. `KubeError`, status 410 when it changed too much."""
        asked = {"limit": str(PAGE), **(parameters or {})}
        while True:
            page = await self.get(path, asked)
            yield page
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return
            asked["continue"] = following

    async def watch(self, path: str, version: str, parameters: Mapping[str, str] | None = None) -> AsyncGenerator[dict[str, Any]]:
        """Yield events (`type`, `object`) since a version until the API server ends the watch; `KubeError`."""
        import aiohttp

        asked = {
            "watch": "1",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
            "allowWatchBookmarks": "true",
            **(parameters or {}),
        }
        try:
            async with await self._send(path, asked, WATCH_SECONDS + self._seconds) as response:
                await _raise_for(response, path)
                async with aclosing(_lines(response, path)) as lines:
                    async for line in lines:
                        event = _mapping(path, line)
                        if not isinstance(event.get("object"), dict):
                            raise KubeError(path, "an event has no object")
                        yield event
        except ValueError as error:
            raise KubeError(path, str(error)) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise KubeError(path, str(error) or type(error).__name__, lost=True) from error

    async def aclose(self) -> None:
        """Close all connections. Idempotent."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _send(self, path: str, parameters: Mapping[str, str], seconds: float) -> "aiohttp.ClientResponse":
        import aiohttp  # some 15 MB that a collector without Kubernetes never needs

        access = self.access
        headers = await asyncio.to_thread(access.headers)
        context = access.tls.context() if access.tls is not None else None
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=context if context is not None else True)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        url = access.server + path
        return await self._session.get(
            url,
            params=parameters,
            headers={"Accept": "application/json", "User-Agent": USER_AGENT, **headers},
            timeout=aiohttp.ClientTimeout(total=seconds),
            allow_redirects=access.follow_redirects,
            proxy=access.proxy(url),
            proxy_headers=access.proxy_headers,
            server_hostname=access.server_hostname or None,
        )


async def _raise_for(response: "aiohttp.ClientResponse", path: str) -> None:
    if response.status < 300:
        return
    try:
        body = orjson.loads(await response.content.read(_MAX_REFUSAL))
        reason = str(body.get("message", "")) if isinstance(body, dict) else ""
    except ValueError:
        reason = ""
    wait = response.headers.get("Retry-After", "")
    retry_after = float(wait) if wait.isdecimal() else None
    text = f"HTTP status {response.status}: {reason or response.reason}"
    raise KubeError(path, text, status=response.status, retry_after=retry_after)


def _mapping(path: str, text: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except ValueError as error:
        raise KubeError(path, f"the answer is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise KubeError(path, "the answer is no JSON object")
    return found


async def _lines(response: "aiohttp.ClientResponse", path: str) -> AsyncGenerator[bytes]:
    rest = bytearray()
    async for chunk in response.content.iter_any():
        rest += chunk
        if b"\n" in chunk:
            *lines, rest = rest.split(b"\n")
            for line in lines:
                if line.strip():
                    yield bytes(line)
        if len(rest) > MAX_EVENT:
            raise KubeError(path, f"an event is larger than {MAX_EVENT} bytes")
