"""Whether `spec.autoscaler` can be fulfilled. Every rule runs, whatever the others find."""

from collections.abc import Iterator

from otel_operator.components.collector_config import mapping, sequence, spec_of
from otel_operator.json_types import JsonObject

_MAX_WINDOW = 3600
"""Longest stabilization window in seconds that the autoscaler API takes."""


def autoscaler(collector: JsonObject) -> Iterator[str]:
    """Report limits that contradict each other, and metrics and windows that the API would refuse."""
    spec = spec_of(collector)
    given = mapping(spec.get("autoscaler"))
    least, most = given.get("minReplicas"), given.get("maxReplicas")
    if most is None:
        if least is not None:
            yield "spec.autoscaler.maxReplicas: must be set when minReplicas is set; add it or remove minReplicas"
        return
    replicas = spec.get("replicas")
    floor = least if least is not None else replicas
    if isinstance(replicas, int) and replicas > most:
        yield f"spec.replicas: {replicas} is more than autoscaler.maxReplicas {most}; raise the maximum or lower replicas"
    if isinstance(floor, int) and floor > most:
        yield f"spec.autoscaler.minReplicas: {floor} is more than maxReplicas {most}; swap or adjust them"
    yield from _behavior(mapping(given.get("behavior")))
    for index, metric in enumerate(sequence(given.get("metrics"))):
        yield from _metric(f"spec.autoscaler.metrics[{index}]", mapping(metric))


def _behavior(behavior: JsonObject) -> Iterator[str]:
    for direction in ("scaleUp", "scaleDown"):
        window = mapping(behavior.get(direction)).get("stabilizationWindowSeconds")
        if isinstance(window, int) and not 0 <= window <= _MAX_WINDOW:
            yield (
                f"spec.autoscaler.behavior.{direction}.stabilizationWindowSeconds: {window} is not between 0 and "
                f"{_MAX_WINDOW}; choose a value in that range"
            )


def _metric(path: str, metric: JsonObject) -> Iterator[str]:
    if metric.get("type") != "Pods":
        yield f"{path}.type: {metric.get('type')!r} is not supported; use Pods"
        return
    target = mapping(mapping(metric.get("pods")).get("target"))
    field = {"AverageValue": "averageValue", "Value": "value"}.get(str(target.get("type")))
    if field is None:
        yield f"{path}.pods.target.type: {target.get('type')!r} is not supported; use AverageValue or Value"
    elif not _is_positive_integer(target.get(field)):
        yield f"{path}.pods.target.{field}: {target.get(field)!r} is not an integer of at least 1; write one"


def _is_positive_integer(quantity: object) -> bool:
    text = str(quantity)
    return text.isascii() and text.isdecimal() and int(text) >= 1
