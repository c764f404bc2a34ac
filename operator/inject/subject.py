"""What is decided about: a pod at admission, its namespace and the chain of its owners."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from otel_operator.components.collector_config import mapping
from otel_operator.json_types import JsonObject
from otel_operator.labels import COLLECTOR, COMPONENT, MANAGED_BY, OPERATOR

ENFORCED_POD_SECURITY = "pod-security.kubernetes.io/enforce"
"""Label of a namespace: the Pod Security level below which no pod is let in."""


@dataclass(frozen=True, slots=True)
class Owner:
    """One link of the chain of controllers above a pod."""

    api_version: str
    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A pod as the API server sent it; it may have no name yet (`generateName`) and no namespace of its own."""

    pod: JsonObject
    namespace: str
    namespace_annotations: Mapping[str, str] = field(default_factory=dict)
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    owners: tuple[Owner, ...] = ()
    """Nearest first: ReplicaSet, Deployment; or Job, CronJob. Ends where an owner is not known."""

    @property
    def is_collector(self) -> bool:
        """Whether the pod is a collector's own: what a namespace asks for its applications is not for it."""
        labels = mapping(mapping(self.pod.get("metadata")).get("labels"))
        return (labels.get(MANAGED_BY), labels.get(COMPONENT)) == (OPERATOR, COLLECTOR)

    @property
    def inherited_annotations(self) -> Mapping[str, str]:
        """The namespace's annotations as far as they are for this pod: none for a collector's own."""
        return {} if self.is_collector else self.namespace_annotations

    @property
    def annotations(self) -> Mapping[str, str]:
        """The pod's annotations."""
        return (self.pod.get("metadata") or {}).get("annotations") or {}
