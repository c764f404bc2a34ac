"""Reading a collector configuration of any shape: what is not the expected shape reads as empty, never as an error.

Builders and defaulting run on objects that validation has not seen (webhooks may be off), so they must not fail on them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from otel_operator.json_types import JsonObject

RECEIVERS, PROCESSORS, EXPORTERS = "receivers", "processors", "exporters"
CONNECTORS, EXTENSIONS = "connectors", "extensions"
RESOURCE_DETECTION = frozenset({"resource_detection", "resourcedetection"})
"""The names of the processor that finds out where the collector runs."""


def mapping(value: object) -> JsonObject:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """Return `value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def spec_of(collector: JsonObject) -> JsonObject:
    """Return `spec` of an OpenTelemetryCollector."""
    return mapping(collector.get("spec"))


def config_of(collector: JsonObject) -> JsonObject:
    """Return `spec.config` of an OpenTelemetryCollector."""
    return mapping(spec_of(collector).get("config"))


def mode_of(collector: JsonObject) -> str:
    """Return `spec.mode`, which is `deployment` where unset."""
    return str(spec_of(collector).get("mode") or "deployment")


def component_type(component_id: str) -> str:
    """Return the type of a component id, the part before the first slash."""
    return component_id.partition("/")[0]


def enabled(config: Mapping[str, Any], section: str) -> Iterator[tuple[str, Any]]:
    """Yield id and raw settings of the components of a section that are in use, each once, in order of first reference.

    Receivers, processors and exporters are in use when a pipeline names them, extensions when `service.extensions` does.
    A reference to what the section does not define is passed over.
    """
    defined = mapping(config.get(section))
    for component_id in dict.fromkeys(_referenced(config, section)):
        if component_id in defined:
            yield component_id, defined[component_id]


def _referenced(config: Mapping[str, Any], section: str) -> Iterator[str]:
    service = mapping(config.get("service"))
    if section == EXTENSIONS:
        lists = [service.get(EXTENSIONS)]
    else:
        lists = [mapping(pipeline).get(section) for pipeline in mapping(service.get("pipelines")).values()]
    for names in lists:
        yield from (name for name in sequence(names) if isinstance(name, str))
