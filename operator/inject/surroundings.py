"""What mutation may ask of the cluster. Answers come from local caches, so that admission never waits for the API server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from otel_operator.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Reference:
    """A Secret or ConfigMap that an Instrumentation names."""

    kind: Literal["Secret", "ConfigMap"]
    namespace: str
    name: str


class Surroundings(Protocol):
    """Resources of ours, as last seen, complete: of a cache that is not filled yet no question is asked."""

    def instrumentations(self, namespace: str) -> Sequence[JsonObject]:
        """Return all Instrumentations of a namespace."""

    def instrumentation(self, namespace: str, name: str) -> JsonObject | None:
        """Return one, None when there is none of that name."""

    def collectors(self, namespace: str) -> Sequence[JsonObject]:
        """Return all OpenTelemetryCollectors (v1beta1) of a namespace, of every mode."""

    def collector(self, namespace: str, name: str) -> JsonObject | None:
        """Return one, None when there is none of that name."""


Presence = Mapping[Reference, bool]
"""Whether Secrets and ConfigMaps exist; one that is not in the mapping could not be looked up, and counts as present."""
