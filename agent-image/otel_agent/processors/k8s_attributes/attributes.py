"""Attributes of a pod and of its containers, as `extract` asks for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from otel_agent.processors.k8s_attributes.config import OWNERS, ExtractConfig
from otel_agent.processors.k8s_attributes.objects import Container, Metadata, Pod, image_parts
from otel_agent.processors.k8s_attributes.owners import FindOwner, Owners, owners_of
from otel_agent.processors.k8s_attributes.rules import Rules, compile_rules, otel_annotations

KINDS = ("pod", "namespace", "node", "deployment", "statefulset", "daemonset", "job")
"""What labels and annotations are taken from."""
_NAME_OWNERS = ("deployment", "replicaset", "statefulset", "daemonset", "cronjob", "job")
"""Order in which the owners give a service its name (semantic conventions for Kubernetes)."""


@dataclass(frozen=True, slots=True)
class PodAttributes:
    """Of the pod, and by container name of each container."""

    pod: Mapping[str, str]
    containers: Mapping[str, Mapping[str, str]]
    by_id: Mapping[str, str]
    """Name of a container by its id."""
    ids: Mapping[str, Mapping[str, str]]
    """Ids of a container by the number of its restarts, by its name; empty when they are not asked for."""


class Extractor:
    """Makes attributes of objects."""

    def __init__(self, config: ExtractConfig) -> None:
        """ValueError for a pattern that RE2 does not take."""
        self._wanted = frozenset(config.metadata)
        self._from_names = config.deployment_name_from_replicaset
        self._otel = config.otel_annotations
        self.rules: dict[str, Rules] = {kind: compile_rules(kind, config.labels, config.annotations) for kind in KINDS}

    def of_pod(self, pod: Pod, find: FindOwner, cluster_uid: str) -> PodAttributes:
        """Return the attributes of a pod; `find` knows namespaces (`namespace`), nodes and owners as far as they are watched."""
        metadata = pod.metadata
        owners = owners_of(metadata, find, from_names=self._from_names)
        known = {
            "k8s.namespace.name": metadata.namespace,
            "k8s.pod.name": metadata.name,
            "k8s.pod.uid": metadata.uid,
            "k8s.pod.hostname": pod.hostname,
            "k8s.pod.ip": pod.ips[0] if pod.ips else "",
            "k8s.pod.start_time": pod.start_time,
            "k8s.node.name": pod.node,
            "k8s.cluster.uid": cluster_uid,
            "service.namespace": _said(metadata, "service.namespace") or metadata.namespace,
            "service.name": _service_name(metadata, owners),
        }
        for kind in OWNERS:
            name, uid = owners.get(kind, ("", ""))
            known[f"k8s.{kind}.name"], known[f"k8s.{kind}.uid"] = name, uid
        node = find("node", "", pod.node)
        known["k8s.node.uid"] = node.uid if node is not None else ""
        found = self._only_wanted(known)
        for kind in ("deployment", "statefulset", "daemonset", "job"):
            if self.rules[kind] and kind in owners:
                found |= self.of_object(kind, find(kind, metadata.namespace, owners[kind][0]))
        found |= self.of_object("namespace", find("namespace", "", metadata.namespace))
        found |= self.of_object("node", node)
        found |= self.of_object("pod", metadata)
        if self._otel:
            found |= otel_annotations(metadata.annotations)
        containers = {name: self._of_container(pod, one, owners) for name, one in pod.containers.items()}
        by_id = {identity: name for name, one in pod.containers.items() for identity in one.ids.values()}
        ids = {name: one.ids for name, one in pod.containers.items() if one.ids} if "container.id" in self._wanted else {}
        return PodAttributes(found, containers, by_id, ids)

    def of_object(self, kind: str, metadata: Metadata | None) -> dict[str, str]:
        """Return what labels and annotations of an object say, as the rules have it."""
        rules = self.rules[kind]
        return rules.apply(metadata.labels, metadata.annotations) if metadata is not None and rules else {}

    def _of_container(self, pod: Pod, container: Container, owners: Owners) -> dict[str, str]:
        name, tag = image_parts(container.image)
        metadata = pod.metadata
        digest = container.digest if "@" in container.digest else ""
        known = {
            "k8s.container.name": container.name,
            "container.image.name": name,
            "container.image.tag": tag,
            "container.image.repo_digests": digest,
            "service.version": _said(metadata, "service.version")
            or metadata.labels.get("app.kubernetes.io/version", "")
            or tag
            or digest.partition("@")[2],
            "service.instance.id": _said(metadata, "service.instance.id")
            or ".".join((metadata.namespace, metadata.name, container.name)),
        }
        if "service.name" in self._wanted and not _service_name(metadata, owners):
            known["service.name"] = container.name
        return self._only_wanted(known)

    def _only_wanted(self, known: Mapping[str, str]) -> dict[str, str]:
        return {name: text for name, text in known.items() if text and name in self._wanted}


def _said(metadata: Metadata, attribute: str) -> str:
    return metadata.annotations.get(f"resource.opentelemetry.io/{attribute}", "")


def _service_name(metadata: Metadata, owners: Owners) -> str:
    """Return the name by the semantic conventions for Kubernetes: said, labelled, of the topmost owner, or the pod's."""
    labels = metadata.labels
    labelled = labels.get("app.kubernetes.io/instance") or labels.get("app.kubernetes.io/name") or ""
    owner = next((owners[kind][0] for kind in _NAME_OWNERS if kind in owners), "")
    return _said(metadata, "service.name") or labelled or owner or metadata.name
