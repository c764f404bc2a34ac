"""One kubernetes_sd_config at work."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from otel_agent.receivers.prometheus.discovery.groups import Publish
from otel_agent.receivers.prometheus.discovery.kubernetes.access import api_access, own_namespace
from otel_agent.receivers.prometheus.discovery.kubernetes.roles import groups_of
from otel_agent.receivers.prometheus.discovery.kubernetes.watching import Key, Object, Resource, Watched
from otel_agent.receivers.prometheus.http_access import HttpAccess
from otel_agent.receivers.prometheus.settings.discovery import KubernetesDiscovery
from otel_agent.telemetry.instruments import Counter

_PATHS = {
    "pod": ("/api/v1", "pods"),
    "service": ("/api/v1", "services"),
    "endpoints": ("/api/v1", "endpoints"),
    "endpointslice": ("/apis/discovery.k8s.io/v1", "endpointslices"),
    "ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
    "node": ("/api/v1", "nodes"),
    "namespace": ("/api/v1", "namespaces"),
}
_CLUSTER_WIDE = ("node", "namespace")
_ALSO = {"endpoints": ("service", "pod"), "endpointslice": ("service", "pod")}
_SETTLE_SECONDS = 1.0
"""Changes that come within this time are published together."""


def resources(config: KubernetesDiscovery, namespaces: Sequence[str]) -> list[tuple[str, Resource]]:
    """Return what to watch, by role; no namespaces means all of them."""
    roles = [config.role, *_ALSO.get(config.role, ())]
    if config.attach_metadata.node and config.role in ("pod", "endpoints", "endpointslice"):
        roles.append("node")
    if config.attach_metadata.namespace and config.role != "node":
        roles.append("namespace")
    selectors = {selector.role: selector for selector in config.selectors}
    found: list[tuple[str, Resource]] = []
    for role in roles:
        base, plural = _PATHS[role]
        selector = next((each for name, each in selectors.items() if name == role), None)
        label, field = (selector.label, selector.field) if selector is not None else ("", "")
        if role in _CLUSTER_WIDE or not namespaces:
            found.append((role, Resource(f"{base}/{plural}", label, field)))
        else:
            found += [(role, Resource(f"{base}/namespaces/{each}/{plural}", label, field)) for each in namespaces]
    return found


class KubernetesTargets:
    """Watches and publishes; `open` first, `close` afterwards."""

    def __init__(self, config: KubernetesDiscovery, logger: logging.Logger, failures: Counter) -> None:
        self._config = config
        self._logger = logger
        self._failures = failures
        self._server = ""
        self._access: HttpAccess | None = None
        self._namespaces: list[str] = []

    def open(self) -> None:
        """Find the way to the API server; `StartError` when there is none."""
        config = self._config
        self._server, client = api_access(config)
        self._namespaces = list(config.namespaces.names)
        if config.namespaces.own_namespace:
            self._namespaces.append(own_namespace())
        self._access = HttpAccess(client, self._logger)
        self._access.open()

    async def close(self) -> None:
        """Close connections."""
        if self._access is not None:
            await self._access.close()

    async def discover(self, publish: Publish) -> None:
        """Publish the groups whenever objects change, once every resource has been listed."""
        assert self._access is not None
        dirty = asyncio.Event()
        watched = [
            (role, Watched(resource, self._server, self._access, dirty.set, self._logger, self._failures))
            for role, resource in resources(self._config, self._namespaces)
        ]
        async with asyncio.TaskGroup() as tasks:
            for _, each in watched:
                tasks.create_task(each.run())
            while True:
                await dirty.wait()
                dirty.clear()
                if all(each.synced for _, each in watched):
                    publish(groups_of(self._config.role, _by_role(watched)))
                    await asyncio.sleep(_SETTLE_SECONDS)


def _by_role(watched: Sequence[tuple[str, Watched]]) -> Mapping[str, Mapping[Key, Object]]:
    found: dict[str, dict[Key, Object]] = {}
    for role, each in watched:
        found.setdefault(role, {}).update(each.objects)
    return found
