"""Backends that are the ready endpoints of a Service, watched through its EndpointSlices (discovery.k8s.io/v1)."""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson

from otel_agent.exporters.load_balancing.config import K8sResolverConfig
from otel_agent.exporters.load_balancing.resolvers import Findings
from otel_agent.exporters.load_balancing.resolvers.cluster_access import ClusterAccess, NotInCluster, in_cluster
from otel_agent.exporters.load_balancing.resolvers.endpoint_slices import MissingHostname, SliceSet
from otel_agent.transport.user_agent import USER_AGENT

_TIMEOUT = 1.0
_LIST_SECONDS = 30.0
_PAGE = 500
_WATCH_SECONDS = 300
"""The server ends a watch after this; a connection that died without a word is noticed then at the latest."""
_GRACE_SECONDS = 30.0
_MAX_EVENT = 4 * 1024 * 1024
"""Bytes of one event; a slice has at most 1,000 endpoints."""
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0


class _Expired(Exception):
    """The version that a watch began at is no longer known; everything has to be listed again."""


class K8sResolver:
    """Lists, then watches from there on; begins again when that ends."""

    name = "k8s"

    def __init__(self, config: K8sResolverConfig, access: ClusterAccess | None = None) -> None:
        self._config = config
        self._access = access
        self.patience = config.timeout or _TIMEOUT

    async def run(self, findings: Findings) -> None:
        """Watch until cancelled; what goes wrong is told and tried again, less and less often."""
        wait = _FIRST_WAIT
        while True:
            try:
                async with aclosing(self._watched(findings)) as changes:
                    async for _ in changes:
                        wait = _FIRST_WAIT
            except _Expired:
                continue
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, NotInCluster, MissingHostname) as error:
                findings.failed(f"{self._config.service}: {error or type(error).__name__}")
                await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 -- keeps agents apart, protects nothing
                wait = min(2 * wait, _LONGEST_WAIT)

    async def _watched(self, findings: Findings) -> AsyncGenerator[None]:
        """List and watch until one of them fails, telling every change; yields after each that was understood."""
        access = self._access or in_cluster()
        service, _, namespace = self._config.service.partition(".")
        namespace = namespace or access.namespace
        path = f"{access.url}/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        selector = {"labelSelector": f"kubernetes.io/service-name={service}"}
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=access.tls())) as session:
            api = _Api(session, access, path, selector)
            slices = SliceSet(service, namespace, self._config.return_hostnames)
            async with asyncio.timeout(_LIST_SECONDS):
                version = await api.list(slices)
            while True:
                await findings.found(slices.endpoints(self._config.ports))
                yield
                async with aclosing(api.watch(version)) as events:
                    async for event in events:
                        version = str((event["object"].get("metadata") or {}).get("resourceVersion", version))
                        if _apply(event, slices):
                            await findings.found(slices.endpoints(self._config.ports))
                            yield


def _apply(event: Mapping[str, Any], slices: SliceSet) -> bool:
    """Return whether an event of a watch said something of a slice; `_Expired` and ValueError for those that end the watch."""
    kind, item = event["type"], event["object"]
    if kind == "ERROR":
        if item.get("code") == HTTPStatus.GONE:
            raise _Expired
        raise ValueError(f"the watch ended with {item.get('message', item)}")
    if kind == "BOOKMARK":
        return False
    (slices.remove if kind == "DELETED" else slices.put)(item)
    return True


class _Api:
    """The two requests."""

    def __init__(self, session: aiohttp.ClientSession, access: ClusterAccess, path: str, selector: Mapping[str, str]) -> None:
        self._session = session
        self._access = access
        self._path = path
        self._selector = selector

    async def list(self, slices: SliceSet) -> str:
        """Put all slices there; returns the version that they are of."""
        page: dict[str, Any] = {"metadata": {"continue": ""}}
        while True:
            query = {**self._selector, "limit": str(_PAGE), "continue": page["metadata"]["continue"]}
            async with self._session.get(self._path, params=query, headers=self._headers()) as response:
                await _demand_ok(response)
                page = orjson.loads(await response.read())
            for item in page["items"]:
                slices.put(item)
            if not page["metadata"].get("continue"):
                return str(page["metadata"]["resourceVersion"])

    async def watch(self, version: str) -> AsyncGenerator[dict[str, Any]]:
        """Yield events until the server ends the watch."""
        query = {
            **self._selector,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        timeout = aiohttp.ClientTimeout(total=_WATCH_SECONDS + _GRACE_SECONDS)
        async with self._session.get(self._path, params=query, headers=self._headers(), timeout=timeout) as response:
            if response.status == HTTPStatus.GONE:
                raise _Expired
            await _demand_ok(response)
            async with aclosing(_lines(response)) as lines:
                async for line in lines:
                    yield orjson.loads(line)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._access.token}", "Accept": "application/json", "User-Agent": USER_AGENT}


async def _lines(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes]:
    rest = b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
        if len(rest) > _MAX_EVENT:
            raise ValueError(f"an event of more than {_MAX_EVENT} bytes")


async def _demand_ok(response: aiohttp.ClientResponse) -> None:
    if response.status == 200:
        return
    text = (await response.content.read(512)).decode("utf-8", "replace")
    hint = "; allow the collector's ServiceAccount to get, list and watch endpointslices" if response.status == 403 else ""
    raise ValueError(f"the API server answered {response.status}: {text}{hint}")
