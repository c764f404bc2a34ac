"""Keeps the objects of one resource: lists them, then watches, and begins again when the server has forgotten where we were."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from otel_agent.receivers.prometheus.http_access import AccessError, HttpAccess
from otel_agent.telemetry.instruments import Counter

Object = Mapping[str, Any]
Key = tuple[str, str]
"""Namespace (empty for none) and name."""

_PAGE = 500
_LIST_SECONDS = 60.0
_WATCH_SECONDS = 300
_WATCH_SLACK = 30.0
_FIRST_DELAY = 1.0
_LONGEST_DELAY = 60.0
_MAX_PAGE = 256 * 1024 * 1024
"""Bytes of 500 objects, each of which the API server bounds at about 1.5 MiB but few come near."""
_MAX_EVENT = 8 * 1024 * 1024


class _ExpiredError(Exception):
    """The server no longer knows the version that the watch should go on from."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What is watched, and where: `path` as in `/api/v1/namespaces/shop/pods`."""

    path: str
    label_selector: str = ""
    field_selector: str = ""


class Watched:
    """The objects of one resource. `run` until cancelled; `changed` is called after each change once `synced`."""

    def __init__(
        self,
        resource: Resource,
        server: str,
        access: HttpAccess,
        changed: Callable[[], None],
        logger: logging.Logger,
        failures: Counter,
    ) -> None:
        self.objects: dict[Key, Object] = {}
        self.synced = False
        self._resource = resource
        self._url = f"{server}{resource.path}"
        self._access = access
        self._changed = changed
        self._logger = logger
        self._failures = failures

    async def run(self) -> None:
        """List and watch; after a failure again, ever more slowly up to once a minute."""
        import aiohttp

        delay, version = _FIRST_DELAY, ""
        while True:
            try:
                if not version:
                    version = await self._list()
                began = asyncio.get_running_loop().time()
                version = await self._watch(version)
                # a server that ends every watch at once is not to be asked as fast as it answers
                await asyncio.sleep(max(0.0, began + _FIRST_DELAY - asyncio.get_running_loop().time()))
                delay = _FIRST_DELAY
            except _ExpiredError:
                version = ""
                await asyncio.sleep(_FIRST_DELAY)
            except (aiohttp.ClientError, AccessError, OSError, TimeoutError, ValueError) as error:
                self._failures.add()
                self._logger.warning(
                    "Objects of Kubernetes cannot be watched, those known before stay",
                    extra={"path": self._resource.path, "error": str(error) or type(error).__name__, "retry_seconds": delay},
                )
                version = ""
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_DELAY)

    async def _list(self) -> str:
        found: dict[Key, Object] = {}
        token = version = ""
        while True:
            parameters = {"limit": str(_PAGE)} | ({"continue": token} if token else {})
            async with asyncio.timeout(_LIST_SECONDS), await self._access.get(self._address(parameters), _HEADERS) as response:
                body = bytearray()
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > _MAX_PAGE:
                        raise ValueError(f"a page of objects is larger than {_MAX_PAGE} bytes")
            if response.status == 410 and token:
                raise _ExpiredError
            if response.status != 200:
                raise ValueError(f"server returned HTTP status {response.status}: {_message(body)}")
            page = orjson.loads(body)
            for item in page.get("items") or ():
                found[key_of(item)] = _slim(item)
            token, version = page["metadata"].get("continue", ""), page["metadata"].get("resourceVersion", "")
            if not token:
                break
        self.objects = found
        self.synced = True
        self._changed()
        return str(version)

    async def _watch(self, version: str) -> str:
        """Take events until the server ends the watch; return the version to go on from."""
        parameters = {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        async with (
            asyncio.timeout(_WATCH_SECONDS + _WATCH_SLACK),
            await self._access.get(self._address(parameters), _HEADERS) as response,
        ):
            if response.status == 410:
                raise _ExpiredError
            if response.status != 200:
                raise ValueError(f"server returned HTTP status {response.status}: {_message(await response.content.read(65536))}")
            rest = b""
            async for chunk in response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _MAX_EVENT:
                    raise ValueError(f"an event is larger than {_MAX_EVENT} bytes")
                for line in lines:
                    if line.strip():
                        version = self._take(orjson.loads(line), version)
                if lines:
                    self._changed()
        return version

    def _take(self, event: Mapping[str, Any], version: str) -> str:
        kind, item = event.get("type"), event.get("object") or {}
        if kind == "ERROR":
            if item.get("code") == 410:
                raise _ExpiredError
            raise ValueError(f"the watch failed: {item.get('message', 'no reason given')}")
        if kind == "DELETED":
            self.objects.pop(key_of(item), None)
        elif kind in ("ADDED", "MODIFIED"):
            self.objects[key_of(item)] = _slim(item)
        return str(item["metadata"].get("resourceVersion") or version)

    def _address(self, parameters: dict[str, str]) -> str:
        if self._resource.label_selector:
            parameters["labelSelector"] = self._resource.label_selector
        if self._resource.field_selector:
            parameters["fieldSelector"] = self._resource.field_selector
        return f"{self._url}?{urlencode(parameters)}"


_HEADERS = {"Accept": "application/json"}


def key_of(item: Object) -> Key:
    """Namespace and name of an object."""
    metadata = item["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _slim(item: dict[str, Any]) -> Object:
    """Leave out what no role looks at and is large."""
    item["metadata"].pop("managedFields", None)
    return item


def _message(body: bytes | bytearray) -> str:
    try:
        return str(orjson.loads(body)["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "no reason given"
