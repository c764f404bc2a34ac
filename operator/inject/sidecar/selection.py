"""Which collector a pod gets (spec: operator §4)."""

from otel_operator.components.collector_config import mode_of
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.precedence import TRUE, effective
from otel_operator.inject.selector import named
from otel_operator.inject.sidecar.names import ALLOWED_NAMESPACES, INJECT, SIDECAR
from otel_operator.inject.subject import Subject
from otel_operator.inject.surroundings import Surroundings
from otel_operator.json_types import JsonObject

_MOST_NAMED = 5


def asked(subject: Subject) -> str:
    """Return the value that counts, "" for none; "false" takes a sidecar out. A collector's own pod never asks."""
    if subject.is_collector:
        return ""
    return effective(INJECT, pod=subject.annotations, namespace=subject.namespace_annotations)


def choose(value: str, namespace: str, surroundings: Surroundings) -> JsonObject | Refusal:
    """Return the collector that `value`, neither empty nor "false", stands for in a pod of `namespace`; or why there is none."""
    key = named(value, namespace)
    if key is None:
        return _only_one(namespace, surroundings)
    place, name = key
    collector = surroundings.collector(place, name)
    if collector is None:
        return _refusal(
            "CollectorNotFound",
            f'OpenTelemetryCollector "{place}/{name}" does not exist; create it, or correct annotation {INJECT}: {value!r}',
            (place, name),
        )
    if mode_of(collector) != "sidecar":
        return _refusal(
            "NotSidecarMode",
            f'OpenTelemetryCollector "{place}/{name}" has spec.mode {mode_of(collector)}; '
            f"only one of mode sidecar can be injected: name another in annotation {INJECT}",
            (place, name),
        )
    if not _may_name(collector, place, namespace):
        return _refusal(
            "NamespaceNotAllowed",
            f'OpenTelemetryCollector "{place}/{name}" is not for pods of namespace {namespace}; '
            f"add it to the collector's annotation {ALLOWED_NAMESPACES}, or use a collector of the pod's own namespace",
            (place, name),
        )
    return collector


def _only_one(namespace: str, surroundings: Surroundings) -> JsonObject | Refusal:
    candidates = [collector for collector in surroundings.collectors(namespace) if mode_of(collector) == "sidecar"]
    if not candidates:
        return _refusal(
            "NoSidecarCollector",
            f"namespace {namespace} has no OpenTelemetryCollector with spec.mode sidecar; "
            f"create one there, or name one of another namespace in annotation {INJECT}: <namespace>/<name>",
        )
    if len(candidates) > 1:
        names = sorted(str(collector["metadata"]["name"]) for collector in candidates)
        more = "" if len(names) <= _MOST_NAMED else f" and {len(names) - _MOST_NAMED} more"
        return _refusal(
            "SeveralSidecarCollectors",
            f"namespace {namespace} has {len(names)} OpenTelemetryCollectors with spec.mode sidecar "
            f"({', '.join(names[:_MOST_NAMED])}{more}); name one in annotation {INJECT} instead of {TRUE!r}",
        )
    return candidates[0]


def _may_name(collector: JsonObject, place: str, namespace: str) -> bool:
    """Tell whether pods of `namespace` may use the collector: its configuration, which may hold credentials, shows in them."""
    allowed = (collector["metadata"].get("annotations") or {}).get(ALLOWED_NAMESPACES)
    return place == namespace or allowed is None or namespace in (name.strip() for name in allowed.split(","))


def _refusal(reason: str, message: str, resource: tuple[str, str] | None = None) -> Refusal:
    return Refusal(SIDECAR, reason, message, resource)
