"""Resources and scopes as Prometheus has them: job, instance, `target_info`, and labels of every series."""

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otel_agent.exporters.prometheus.config import ResourceLabelsConfig
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.prometheus.attribute_text import attribute_text
from otel_agent.prometheus.labels import labels_text, translated
from otel_agent.prometheus.names import LabelNamer

_SERVICE = ("service.name", "service.namespace", "service.instance.id")
_OWN_SCOPE_LABELS = ("name", "version", "schema_url")

Pairs = list[tuple[str, str]]


class Target:
    """A resource: its identity, its own labels, and its attributes where they go on every series."""

    __slots__ = ("attributes", "identity", "info", "updated")

    def __init__(self, attributes: Pairs, namer: LabelNamer, shown: ResourceLabelsConfig) -> None:
        found = dict(attributes)
        self.identity: dict[str, str] = {}
        """`job` and `instance`, as far as the resource has them."""
        if "service.name" in found:
            namespace = f"{found['service.namespace']}/" if "service.namespace" in found else ""
            self.identity["job"] = namespace + found["service.name"]
        if "service.instance.id" in found:
            self.identity["instance"] = found["service.instance.id"]
        self.attributes: Pairs = []
        if shown.enabled:
            hidden = _SERVICE if shown.exclude_service_attributes else ()
            self.attributes = [pair for pair in attributes if pair[0] not in hidden]
        self.info = self._info(attributes, namer)
        """Labels of `target_info` as text; "" for a resource without job or instance, which none could be joined with."""
        self.updated = 0.0
        """Seconds of a monotonic clock when something came from there."""

    def _info(self, attributes: Pairs, namer: LabelNamer) -> str:
        if not self.identity.get("job") or not self.identity.get("instance"):
            return ""
        try:
            others = translated([pair for pair in attributes if pair[0] not in _SERVICE], namer)
        except ValueError:  # an attribute that makes no label costs the target its info, as in the Go collector
            return ""
        return labels_text({**others, **self.identity})


def target_of(data: bytes, namer: LabelNamer, shown: ResourceLabelsConfig) -> Target:
    """Decode a Resource; `InvalidTelemetry`."""
    return Target(pairs_of(_decoded(Resource, data).attributes), namer, shown)


def scope_labels(data: bytes, schema_url: str, namer: LabelNamer) -> dict[str, str]:
    """Decode an InstrumentationScope into its labels; `InvalidTelemetry`, ValueError for an attribute that makes none."""
    scope = _decoded(InstrumentationScope, data)
    attributes = pairs_of(scope.attributes)
    others = [(f"otel_scope_{key}", value) for key, value in attributes if key not in _OWN_SCOPE_LABELS]
    return {
        **translated(others, namer),
        "otel_scope_name": scope.name,
        "otel_scope_version": scope.version,
        "otel_scope_schema_url": schema_url,
    }


def attributes_of(data: Iterable[bytes]) -> Pairs:
    """Decode the attributes of a point; `InvalidTelemetry`."""
    return pairs_of(_decoded(KeyValue, each) for each in data)


def pairs_of(attributes: Iterable[Any]) -> Pairs:
    """Return attributes as key and text."""
    return [(each.key, attribute_text(each.value)) for each in attributes]


def _decoded(kind: type[Any], data: bytes) -> Any:
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed {kind.__name__}: {error}") from error
