"""Watch events of OpenTelemetryCollector resources."""

from typing import Any

import kopf

from otel_operator.kinds import COLLECTOR
from otel_operator.reconcile.controller import Controller


def register(registry: kopf.OperatorRegistry, controller: Controller) -> None:
    """Have the controller told of every collector event; it decides what is news."""

    @kopf.on.event(COLLECTOR.group, COLLECTOR.version, COLLECTOR.plural, registry=registry, id="collector")
    async def collector_event(event: Any, **_: Any) -> None:
        controller.saw_collector(event["object"], deleted=event["type"] == "DELETED")
