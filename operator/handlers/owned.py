"""Watch events of the children: hand edits and deletions come to the notice of their collector."""

from typing import Any

import kopf

from otel_operator.kinds import OWNED, Kind
from otel_operator.reconcile.controller import Controller


def register(registry: kopf.OperatorRegistry, controller: Controller) -> None:
    """Have the controller told of every event of a kind that it writes."""
    for kind in OWNED:
        _register(registry, controller, kind)


def _register(registry: kopf.OperatorRegistry, controller: Controller, kind: Kind) -> None:
    @kopf.on.event(kind.group, kind.version, kind.plural, registry=registry, id=f"owned-{kind.plural}")
    async def owned_event(event: Any, **_: Any) -> None:
        controller.saw_child(kind, event["object"], deleted=event["type"] == "DELETED")
