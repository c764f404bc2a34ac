"""Which of a collector's children are wanted no longer. Pure."""

from collections.abc import Collection, Mapping

from otel_operator.json_types import JsonObject
from otel_operator.kinds import CONFIGMAP
from otel_operator.reconcile.cache import Child
from otel_operator.reconcile.ownership import ChildKey

DEFAULT_CONFIG_VERSIONS = 3


def superfluous(owned: Mapping[ChildKey, Child], wanted: Collection[ChildKey], config_versions: int) -> list[ChildKey]:
    """Return the owned children to delete.

    Of ConfigMaps the newest `max(config_versions, 1) + 1` stay, so that a workload can be rolled back and pods of the
    previous revision can restart during a rollout; the wanted one always stays.
    """
    unwanted = [key for key, child in owned.items() if key not in wanted and not child.deleting]
    newest = sorted(
        (key for key, child in owned.items() if key.kind == CONFIGMAP and not child.deleting),
        key=lambda key: (key in wanted, owned[key].created, owned[key].version),
        reverse=True,
    )
    kept = set(newest[: max(config_versions, 1) + 1])
    return sorted((key for key in unwanted if key not in kept), key=str)


def config_versions_of(collector: JsonObject) -> int:
    """Return `spec.configVersions`, 3 if unset."""
    value = (collector.get("spec") or {}).get("configVersions")
    return DEFAULT_CONFIG_VERSIONS if value is None else int(value)
