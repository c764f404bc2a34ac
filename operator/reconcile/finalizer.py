"""Lets go of collectors that the Go operator marked with its finalizer.

Ours never adds one: all children are namespaced and go with their owner. A collector adopted from the Go operator would
hang in deletion without this.
"""

from otel_operator.errors import Invalid, NotFound
from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR
from otel_operator.kube.client import KubeClient
from otel_operator.reconcile.apply import NotYet

FINALIZER = "opentelemetrycollector.opentelemetry.io/finalizer"


async def release(client: KubeClient, collector: JsonObject) -> None:
    """Remove the finalizer from a collector that is being deleted; NotYet when it changed meanwhile."""
    meta = collector["metadata"]
    if FINALIZER not in (meta.get("finalizers") or ()):
        return
    live = await client.find(COLLECTOR, meta["namespace"], meta["name"])
    if live is None:
        return
    operations = removal(live, str(meta["uid"]))
    if not operations:
        return
    try:
        await client.json_patch(COLLECTOR, meta["namespace"], meta["name"], operations)
    except NotFound:
        return
    except Invalid as error:
        raise NotYet(f"{meta['namespace']}/{meta['name']}: finalizers changed meanwhile") from error


def removal(live: JsonObject, uid: str) -> list[JsonObject]:
    """Return JSON patch operations that remove the finalizer from exactly this object, none if there is nothing to do. Pure."""
    meta = live["metadata"]
    finalizers = meta.get("finalizers") or []
    if meta.get("uid") != uid or not meta.get("deletionTimestamp") or FINALIZER not in finalizers:
        return []
    path = f"/metadata/finalizers/{finalizers.index(FINALIZER)}"
    return [
        {"op": "test", "path": "/metadata/uid", "value": uid},
        {"op": "test", "path": path, "value": FINALIZER},
        {"op": "remove", "path": path},
    ]
