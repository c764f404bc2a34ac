"""A collector configuration as YAML text and back.

It is the same text whatever the order of keys in the stored object: the API server sorts them, so conversion could not
recognise its own rendering otherwise.
"""

import json
from typing import Any

from otel_operator.api.stored_json import NotStorable, as_stored, deeper_than
from otel_operator.api.yaml12 import YamlError, dump, load
from otel_operator.json_types import JsonObject

SECTIONS = ("receivers", "exporters", "processors", "connectors", "extensions", "service")
_SERVICE = ("extensions", "telemetry", "pipelines")
_YAML_DEPTH = 100
"""What the reader takes; a deeper one is refused at admission, and only shown."""


def config_text(config: JsonObject) -> str:
    """Render for people: sections in the usual order, everything below sorted by key."""
    if deeper_than(config, _YAML_DEPTH):
        return json.dumps(config, sort_keys=True) + "\n"
    ordered = _ordered(config, SECTIONS)
    if isinstance(config.get("service"), dict):
        ordered["service"] = _ordered(config["service"], _SERVICE)
    return dump(ordered)


def _ordered(members: JsonObject, first: tuple[str, ...]) -> JsonObject:
    keys = [key for key in first if key in members] + sorted(members.keys() - set(first))
    return {key: _sorted(members[key]) for key in keys}


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def parsed_config(text: str) -> tuple[JsonObject, str | None]:
    """Parse a configuration; an empty one and the reason when the text is not a YAML map of JSON values."""
    problem = None
    try:
        parsed = as_stored(load(text))
    except YamlError as error:
        parsed, problem = {}, str(error)
    except NotStorable as error:
        parsed, problem = {}, ": ".join(filter(None, ("line 1, column 1", "::".join(map(str, error.path)), str(error))))
    if parsed is None:
        parsed = {}
    if not isinstance(parsed, dict):
        problem = f"line 1, column 1: expected a map with receivers, exporters and service, got {type(parsed).__name__}"
        parsed = {}
    _shape(parsed)
    return parsed, problem


def _shape(config: JsonObject) -> None:
    """Give what may be null, absent or a single name in the text the form that v1beta1's schema asks for."""
    for section in ("receivers", "exporters", "service"):
        if config.get(section) is None:
            config[section] = {}
    _without_nulls(config, ("processors", "connectors", "extensions"))
    service = config["service"]
    if not isinstance(service, dict):
        return
    if service.get("pipelines") is None:
        service["pipelines"] = {}
    _without_nulls(service, ("extensions", "telemetry"))
    _listed(service, ("extensions",))
    for pipeline in service["pipelines"].values() if isinstance(service["pipelines"], dict) else ():
        if isinstance(pipeline, dict):
            _without_nulls(pipeline, ("processors",))
            _listed(pipeline, ("receivers", "processors", "exporters"))


def _without_nulls(holder: JsonObject, names: tuple[str, ...]) -> None:
    for name in names:
        if name in holder and holder[name] is None:
            del holder[name]


def _listed(holder: JsonObject, names: tuple[str, ...]) -> None:
    for name in names:
        if isinstance(holder.get(name), str):
            holder[name] = [holder[name]]
