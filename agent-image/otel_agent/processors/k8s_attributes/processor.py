"""The k8s_attributes processor: finds the pod of each resource and adds what is known of it."""

from dataclasses import replace

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.resources import ResourceAttributes, edit_resources
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError
from otel_agent.pipeline.prompt import prompt
from otel_agent.processors.k8s_attributes.association import CONNECTION, Associations
from otel_agent.processors.k8s_attributes.attributes import PodAttributes
from otel_agent.processors.k8s_attributes.cluster import Cluster
from otel_agent.processors.k8s_attributes.config import K8sAttributesConfig


class K8sAttributesProcessor:
    """One pipeline's share of a cluster; without one (passthrough) it only adds the address."""

    overlaps = True

    def __init__(self, config: K8sAttributesConfig, context: BuildContext, cluster: Cluster | None) -> None:
        assert context.signal is not None
        self._cluster = cluster
        self._associations = Associations(config.pod_association)
        self._downstream = context.consumers[context.signal]
        self._pass_now = prompt(self._downstream)
        self._running = False

    async def start(self, host: Host) -> None:
        """Begin to watch; `StartError`."""
        if self._cluster is not None:
            await self._cluster.acquire()
        self._running = True

    async def shutdown(self) -> None:
        """End the watches with their last user. Idempotent."""
        if self._running and self._cluster is not None:
            await self._cluster.release()
        self._running = False

    async def consume(self, telemetry: Telemetry) -> None:
        """Add attributes, and hand on."""
        enriched, misses = self._enriched(telemetry)
        await self._downstream.consume(enriched)
        self._count(misses)

    def consume_now(self, telemetry: Telemetry) -> bool:
        """As `consume`, where what comes next takes it without waiting."""
        enriched, misses = self._enriched(telemetry)
        taken = self._pass_now(enriched)
        if taken:
            self._count(misses)
        return taken

    def _count(self, misses: int) -> None:
        if misses and self._cluster is not None:
            self._cluster.misses.add(misses)

    def _enriched(self, telemetry: Telemetry) -> tuple[Telemetry, int]:
        """Return the telemetry with attributes, and how many of its resources have a pod that is not known."""
        address = telemetry.client.address
        misses = 0

        def edit(attributes: ResourceAttributes) -> None:
            nonlocal misses
            misses += not self._edit(attributes, address)

        try:
            data = edit_resources(telemetry.data, edit)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        return (telemetry if data is telemetry.data else replace(telemetry, data=data)), misses

    def _edit(self, attributes: ResourceAttributes, address: str) -> bool:
        """Whether there was no pod to look for, or it was found."""
        cluster, known = self._cluster, True
        for identity in self._associations.identities(attributes, address):
            names = dict(identity)
            if CONNECTION in names:
                attributes.set_default("k8s.pod.ip", names[CONNECTION])
            if cluster is None:
                return True
            found = cluster.attributes(identity)
            known = found is not None
            if found is not None:
                _add(attributes, found)
                break
        if cluster is None:
            return True
        for kind, name in (("namespace", "k8s.namespace.name"), ("node", "k8s.node.name")):
            if text := attributes.get(name):
                for key, value in cluster.of_object(kind, text).items():
                    attributes.set_default(key, value)
        return known


def _add(attributes: ResourceAttributes, found: PodAttributes) -> None:
    name = attributes.get("k8s.container.name") or found.by_id.get(attributes.get("container.id"), "")
    if not name and len(found.containers) == 1:
        name = next(iter(found.containers))
    for key, value in found.pod.items():
        attributes.set_default(key, value)
    for key, value in found.containers.get(name, {}).items():
        attributes.set_default(key, value)
    if found.ids and name in found.ids:
        restarts = attributes.get("k8s.container.restart_count")
        ids = found.ids[name]
        attributes.set_default("container.id", ids.get(restarts) or ids[max(ids, key=int)])
