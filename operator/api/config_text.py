"""A collector configuration as YAML text, the same text whatever the order of keys in the stored object.

The API server sorts keys, so conversion could not recognise its own rendering otherwise.
"""

from typing import Any

from otel_operator.api.yaml12 import dump
from otel_operator.json_types import JsonObject

SECTIONS = ("receivers", "exporters", "processors", "connectors", "extensions", "service")
_SERVICE = ("extensions", "telemetry", "pipelines")


def config_text(config: JsonObject) -> str:
    """Render for people: sections in the usual order, everything below sorted by key."""
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
