"""What the manager would make of a collector, worked out from its manifest without a cluster. Pure.

The manifest goes the way of an applied object: the API server's defaults and conversion, the webhook's defaults and verdict, then
the manager's own builders.
"""

from collections.abc import Collection, Iterable

from otel_operator.api.conversion import convert
from otel_operator.api.schema_defaults import with_schema_defaults
from otel_operator.api.stored_json import as_stored, in_stored_order
from otel_operator.components.collector_config import mapping, spec_of
from otel_operator.components.defaulting import default_collector
from otel_operator.errors import ConfigError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import BY_API_VERSION, COLLECTOR
from otel_operator.labels import MANAGED_BY, OPERATOR
from otel_operator.reconcile.ownership import ChildKey
from otel_operator.reconcile.plan import key_of, unmarked
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings


def is_collector(manifest: JsonObject) -> bool:
    """Tell whether this is an OpenTelemetryCollector, in whichever version."""
    group = str(manifest.get("apiVersion", "")).partition("/")[0]
    return (group, manifest.get("kind")) == (COLLECTOR.group, COLLECTOR.kind)


def is_managed(collector: JsonObject) -> bool:
    """Tell whether the manager looks after a collector at all."""
    return spec_of(collector).get("managementState") != "unmanaged"


def placed(manifest: JsonObject, namespace: str) -> JsonObject:
    """Return the manifest with a namespace, its own or this one."""
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("namespace"):
        return manifest
    return {**manifest, "metadata": {**metadata, "namespace": namespace}}


def foreign_objects(manifests: Iterable[JsonObject]) -> frozenset[ChildKey]:
    """Return those of these objects, each with a namespace, that the operator did not make: its own have its label."""
    found = set()
    for manifest in manifests:
        kind = BY_API_VERSION.get((str(manifest.get("apiVersion")), str(manifest.get("kind"))))
        metadata = mapping(manifest.get("metadata"))
        if kind is not None and kind.namespaced and mapping(metadata.get("labels")).get(MANAGED_BY) != OPERATOR:
            found.add(ChildKey(kind, str(metadata.get("namespace")), str(metadata.get("name"))))
    return frozenset(found)


def children(manifest: JsonObject, settings: Settings, foreign: Collection[ChildKey] = ()) -> tuple[JsonObject, ...]:
    """Return what the manager makes of a collector that admission takes (v1beta1 or v1alpha1), in the order of applying.

    An object among the `foreign` is somebody else's: a child that yields to such a one is left out. The children have no owner
    reference, for which the collector needs a uid. ConfigError for a configuration of which nothing can be made, and for a
    collector without a name.
    """
    if not mapping(manifest.get("metadata")).get("name"):
        raise ConfigError("metadata.name: is missing; one that the API server makes of generateName is not known here")
    collector = _admitted(manifest)
    if not is_managed(collector):
        return ()
    wanted = [(key_of(child), *unmarked(child)) for child in desired(collector, settings)]
    return tuple(body for key, body, yields in wanted if not (yields and key in foreign))


def _admitted(manifest: JsonObject) -> JsonObject:
    """Return the collector as the manager would read it: the order of receivers, for one, is that of ports in Services."""
    given = with_schema_defaults(as_stored(manifest))
    stored = in_stored_order(with_schema_defaults(convert(given, COLLECTOR.api_version)))
    return in_stored_order(default_collector(stored).object)
