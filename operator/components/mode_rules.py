"""Which fields of the spec a collector's mode allows."""

from collections.abc import Iterator

from otel_operator.api.finding import Finding, Rule, at
from otel_operator.components.collector_config import mapping, mode_of, spec_of
from otel_operator.json_types import JsonObject

_STATEFULSET_ONLY = ("volumeClaimTemplates", "persistentVolumeClaimRetentionPolicy")
_NOT_IN_SIDECAR = ("tolerations", "priorityClassName", "affinity", "additionalContainers")
_STRATEGIES = {"daemonSetUpdateStrategy": "daemonset", "deploymentUpdateStrategy": "deployment"}


def mode_change(new: JsonObject, old: JsonObject) -> Iterator[Finding]:
    """Refuse another mode: it would leave the old workload's pods and volumes behind."""
    before, after = mode_of(old), mode_of(new)
    if before != after:
        yield at(
            Rule.MODE,
            ("spec", "mode"),
            f"the OpenTelemetry Collector mode is set to {before}, which does not support modification; "
            f"create a second collector with mode {after} and delete this one",
        )


def unsupported_fields(collector: JsonObject) -> Iterator[Finding]:
    """Report fields that mean nothing in the collector's mode."""
    mode, spec = mode_of(collector), spec_of(collector)
    fields: list[str] = []
    if mode != "statefulset":
        fields += _STATEFULSET_ONLY
    if mode == "sidecar":
        fields += _NOT_IN_SIDECAR
    for field in fields:
        if spec.get(field):
            yield _unsupported((field,), mode, field)
    for field, only in _STRATEGIES.items():
        if mode != only and mapping(spec.get(field)).get("type"):
            yield _unsupported((field, "type"), mode, "updateStrategy" if only == "daemonset" else field)
    if mode == "sidecar" and mapping(spec.get("ingress")).get("type") == "ingress":
        yield _unsupported(("ingress", "type"), mode, "ingress")


def _unsupported(path: tuple[str, ...], mode: str, attribute: str) -> Finding:
    return at(
        Rule.MODE,
        ("spec", *path),
        f"the OpenTelemetry Collector mode is set to {mode}, which does not support the attribute "
        f"'{attribute}'; remove it or choose another mode",
    )
