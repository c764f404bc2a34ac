"""What is wrong with `spec.config`, found before a pod has to crash over it."""

from collections.abc import Iterator

from otel_agent.config.problem import Problem
from otel_operator.api.conversion import unparseable_config
from otel_operator.api.finding import Finding, Rule, at
from otel_operator.components.collector_config import (
    CONNECTORS,
    EXPORTERS,
    EXTENSIONS,
    PROCESSORS,
    RECEIVERS,
    component_type,
    config_of,
    enabled,
    mapping,
)
from otel_operator.components.image import is_bundled
from otel_operator.components.ports import inferred_ports
from otel_operator.components.telemetry import DEFAULT_PORT, metrics_endpoint, shape_problem
from otel_operator.json_types import JsonObject

_PATH = ("spec", "config")
_REFERENCES = (("service", "pipelines"), ("service", "extensions"))
"""Places where every collector finds the same mistakes, whatever components it has."""


def config_errors(collector: JsonObject, default_image: str) -> Iterator[Finding]:
    """Yield what makes the configuration unusable: text that is not YAML, ports that cannot be told, the collector's own checks.

    Settings of components are judged for the operator's own image only: another image may hold another version of them.
    """
    unparseable = unparseable_config(collector)
    if unparseable is not None:
        yield at(Rule.CONFIG_TEXT, _PATH, f"the text is not YAML: {unparseable}; correct it there")
        return
    config = config_of(collector)
    for problem in inferred_ports(config, (RECEIVERS, EXPORTERS, EXTENSIONS)).problems:
        sentence = f"the OpenTelemetry config is incorrect. The port numbers are invalid: {problem}"
        yield Finding(problem.rule, problem.path, sentence)
    yield from _own_metrics_port_taken(config)
    bundled = is_bundled(collector, default_image)
    for found in _mistakes(config, known_components=bundled):
        if bundled or found.path[:2] in _REFERENCES:
            yield Finding(Rule.CONFIG, (*_PATH, *found.path), f"spec.config: {found}")


def config_warnings(collector: JsonObject, default_image: str) -> Iterator[Finding]:
    """Yield what may work otherwise than its author thinks.

    That is null objects, a metrics port that cannot be read, ports used twice, and, where `spec.image` is another collector,
    settings that the operator's own would refuse.
    """
    if unparseable_config(collector) is not None:
        return
    config = config_of(collector)
    nulls = [path for section in (RECEIVERS, EXPORTERS, PROCESSORS, EXTENSIONS, CONNECTORS) for path in _nulls(config, section)]
    if nulls:
        named = ", ".join(f"{'.'.join(path)}:" for path in nulls)
        yield Finding(
            Rule.CONFIG_NULLS,
            (*_PATH, *nulls[0]),
            f"spec.config has null objects: {named}. kustomize and kubectl edit drop them; "
            "write empty objects instead, e.g. batch: {}",
        )
    telemetry = shape_problem(config) or metrics_endpoint(config).problem
    if telemetry:
        yield telemetry
    yield from _shared_ports(config)
    if not is_bundled(collector, default_image):
        for found in _mistakes(config, known_components=False):
            if found.path[:2] not in _REFERENCES:
                doubt = "(so says the operator's own collector; that of spec.image may take it)"
                yield Finding(Rule.CONFIG, (*_PATH, *found.path), f"spec.config: {found} {doubt}")


def _mistakes(config: JsonObject, *, known_components: bool) -> list[Problem]:
    """Ask the collector's own check, whose models (10 MiB) a webhook that only mutates pods never loads."""
    from otel_agent.config.check import check_config

    return check_config(config, known_components=known_components)


def _own_metrics_port_taken(config: JsonObject) -> Iterator[Finding]:
    if metrics_endpoint(config).port != DEFAULT_PORT:
        return
    for component_id, raw in enabled(config, EXPORTERS):
        if component_type(component_id) == "prometheus" and not mapping(raw).get("endpoint"):
            yield at(
                Rule.CONFIG_PORTS,
                (*_PATH, EXPORTERS, component_id, "endpoint"),
                f"unset, and the default port {DEFAULT_PORT} serves the collector's own metrics; set another, e.g. 0.0.0.0:8889",
            )


def _shared_ports(config: JsonObject) -> Iterator[Finding]:
    """Only a warning: on different addresses of the pod it works."""
    first = {(metrics_endpoint(config).port, "TCP"): "the collector's own metrics"}
    for port in inferred_ports(config, (RECEIVERS, EXPORTERS, EXTENSIONS)).ports:
        user = f"port {port['name']}"
        earlier = first.setdefault((port["port"], port["protocol"]), user)
        if earlier != user:
            problem = f"{user} is {port['port']}/{port['protocol']}, as is {earlier}; the second to start will fail"
            yield at(Rule.CONFIG_PORTS, _PATH, problem)


def _nulls(settings: JsonObject, key: str, holder: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    value, path = settings.get(key), (*holder, key)
    if value is None and holder:
        yield path
    for child in mapping(value):
        yield from _nulls(mapping(value), child, path)
