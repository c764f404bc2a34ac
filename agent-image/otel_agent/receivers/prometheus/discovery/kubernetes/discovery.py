"""One kubernetes_sd_config at work."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from otel_agent.kube.client import KubeClient
from otel_agent.kube.failures import FailureLog
from otel_agent.kube.reflector import Key, Reflector
from otel_agent.kube.resources import Resource, resource_of
from otel_agent.receivers.prometheus.discovery.groups import Publish
from otel_agent.receivers.prometheus.discovery.kubernetes.access import api_access, watched_namespaces
from otel_agent.receivers.prometheus.discovery.kubernetes.roles import Objects, groups_of
from otel_agent.receivers.prometheus.settings.discovery import KubernetesDiscovery, ObjectSelector
from otel_agent.telemetry.instruments import Counter

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
    selectors: dict[str, ObjectSelector] = {selector.role: selector for selector in config.selectors}
    found: list[tuple[str, Resource]] = []
    for role in roles:
        selector = selectors.get(role)
        label, field = (selector.label, selector.field) if selector is not None else ("", "")
        places = (resource_of(role, each, label_selector=label, field_selector=field) for each in namespaces or ("",))
        found += [(role, place) for place in dict.fromkeys(places)]  # nodes are in no namespace, however many are named
    return found


class KubernetesTargets:
    """Watches and publishes; `open` first, `close` afterwards."""

    def __init__(self, config: KubernetesDiscovery, logger: logging.Logger, failures: Counter) -> None:
        self._config = config
        self._logger = logger
        self._failures = FailureLog(logger, failures)
        self._client: KubeClient | None = None
        self._namespaces: list[str] = []

    def open(self) -> None:
        """Find the way to the API server; `StartError` when there is none."""
        self._namespaces = watched_namespaces(self._config)
        self._client = KubeClient(api_access(self._config, self._logger))

    async def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            await self._client.aclose()

    async def discover(self, publish: Publish) -> None:
        """Publish the groups whenever objects change, once every resource has been listed."""
        assert self._client is not None
        changed = asyncio.Event()
        watched = [(role, self._reflector(resource, changed)) for role, resource in resources(self._config, self._namespaces)]
        async with asyncio.TaskGroup() as tasks:
            for _, each in watched:
                tasks.create_task(each.run())
            for _, each in watched:
                await each.synced()
            while True:
                changed.clear()
                publish(groups_of(self._config.role, _by_role(watched)))
                await asyncio.sleep(_SETTLE_SECONDS)
                await changed.wait()

    def _reflector(self, resource: Resource, changed: asyncio.Event) -> Reflector:
        assert self._client is not None
        return Reflector(
            self._client,
            resource,
            on_failure=self._failures,
            on_change=lambda key, new, old: changed.set(),
            slim=_without_managed_fields,
        )


def _without_managed_fields(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what no role looks at and is large."""
    found["metadata"].pop("managedFields", None)
    return found


def _by_role(watched: Sequence[tuple[str, Reflector]]) -> Objects:
    found: dict[str, dict[Key, Any]] = {}
    for role, each in watched:
        found.setdefault(role, {}).update(each.objects)
    return found
