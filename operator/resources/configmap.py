"""The ConfigMap that holds a collector's configuration, one for each version of it."""

from otel_operator import naming
from otel_operator.api.config_text import config_text
from otel_operator.components.collector_config import config_of
from otel_operator.json_types import JsonObject
from otel_operator.kinds import CONFIGMAP
from otel_operator.resources.config import config_hash
from otel_operator.resources.metadata import annotations_of, child, labels_of
from otel_operator.settings import Settings


def config_map(collector: JsonObject, settings: Settings) -> JsonObject:
    """Build the ConfigMap; its name has the hash of the configuration, so that pods of an older one keep theirs."""
    config = config_of(collector)
    name = naming.config_map(collector["metadata"]["name"], config_hash(config))
    labels = labels_of(collector, naming.collector(collector["metadata"]["name"]), settings)
    obj = child(CONFIGMAP, collector, name, labels, annotations_of(collector, settings))
    return {**obj, "data": {naming.CONFIG_KEY: config_text(config)}}
