"""The ConfigMap that holds a collector's configuration, one for each version of it."""

from typing import Any

from otel_operator import naming
from otel_operator.api.yaml12 import dump
from otel_operator.components.collector_config import config_of
from otel_operator.json_types import JsonObject
from otel_operator.kinds import CONFIGMAP
from otel_operator.resources.config import SECTIONS, config_hash
from otel_operator.resources.metadata import annotations_of, child, labels_of
from otel_operator.settings import Settings

_SERVICE = ("extensions", "telemetry", "pipelines")


def config_map(collector: JsonObject, settings: Settings) -> JsonObject:
    """Build the ConfigMap; its name has the hash of the configuration, so that pods of an older one keep theirs."""
    config = config_of(collector)
    name = naming.config_map(collector["metadata"]["name"], config_hash(config))
    labels = labels_of(collector, naming.collector(collector["metadata"]["name"]), settings)
    obj = child(CONFIGMAP, collector, name, labels, annotations_of(collector, settings))
    return {**obj, "data": {naming.CONFIG_KEY: config_yaml(config)}}


def config_yaml(config: JsonObject) -> str:
    """Render `config` for people: sections in the usual order, everything below sorted by key."""
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
