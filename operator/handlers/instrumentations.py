"""Watch events of Instrumentation resources."""

from typing import Any

import kopf

from otel_operator.kinds import INSTRUMENTATION
from otel_operator.reconcile.instrumentation.controller import InstrumentationController


def register(registry: kopf.OperatorRegistry, controller: InstrumentationController) -> None:
    """Have the controller told of every Instrumentation event; it decides what is news."""

    @kopf.on.event(
        INSTRUMENTATION.group, INSTRUMENTATION.version, INSTRUMENTATION.plural, registry=registry, id="instrumentation"
    )
    async def instrumentation_event(event: Any, **_: Any) -> None:
        controller.saw(event["object"], deleted=event["type"] == "DELETED")
