"""Whether `spec.autoscaler` can be fulfilled. Every rule runs, whatever the others find."""

from collections.abc import Iterator

from otel_operator.api.finding import Finding, Path, Rule, at
from otel_operator.components.collector_config import mapping, sequence, spec_of
from otel_operator.json_types import JsonObject

_MAX_WINDOW = 3600
"""Longest stabilization window in seconds that the autoscaler API takes."""
_PATH = ("spec", "autoscaler")


def autoscaler(collector: JsonObject) -> Iterator[Finding]:
    """Report limits that contradict each other, and metrics and windows that the API would refuse."""
    spec = spec_of(collector)
    given = mapping(spec.get("autoscaler"))
    least, most = given.get("minReplicas"), given.get("maxReplicas")
    if most is None:
        if least is not None:
            yield _found(("maxReplicas",), "must be set when minReplicas is set; add it or remove minReplicas")
        return
    replicas = spec.get("replicas")
    floor = least if least is not None else replicas
    if isinstance(replicas, int) and replicas > most:
        yield at(
            Rule.AUTOSCALER,
            ("spec", "replicas"),
            f"{replicas} is more than autoscaler.maxReplicas {most}; raise the maximum or lower replicas",
        )
    if isinstance(floor, int) and floor > most:
        yield _found(("minReplicas",), f"{floor} is more than maxReplicas {most}; swap or adjust them")
    yield from _behavior(mapping(given.get("behavior")))
    for index, metric in enumerate(sequence(given.get("metrics"))):
        yield from _metric(("metrics", index), mapping(metric))


def _behavior(behavior: JsonObject) -> Iterator[Finding]:
    for direction in ("scaleUp", "scaleDown"):
        window = mapping(behavior.get(direction)).get("stabilizationWindowSeconds")
        if isinstance(window, int) and not 0 <= window <= _MAX_WINDOW:
            yield _found(
                ("behavior", direction, "stabilizationWindowSeconds"),
                f"{window} is not between 0 and {_MAX_WINDOW}; choose a value in that range",
            )


def _metric(path: Path, metric: JsonObject) -> Iterator[Finding]:
    if metric.get("type") != "Pods":
        yield _found((*path, "type"), f"{metric.get('type')!r} is not supported; use Pods")
        return
    target = mapping(mapping(metric.get("pods")).get("target"))
    field = {"AverageValue": "averageValue", "Value": "value"}.get(str(target.get("type")))
    if field is None:
        yield _found((*path, "pods", "target", "type"), f"{target.get('type')!r} is not supported; use AverageValue or Value")
    elif not _is_positive_integer(target.get(field)):
        yield _found((*path, "pods", "target", field), f"{target.get(field)!r} is not an integer of at least 1; write one")


def _found(path: Path, problem: str) -> Finding:
    return at(Rule.AUTOSCALER, (*_PATH, *path), problem)


def _is_positive_integer(quantity: object) -> bool:
    text = str(quantity)
    return text.isascii() and text.isdecimal() and int(text) >= 1
