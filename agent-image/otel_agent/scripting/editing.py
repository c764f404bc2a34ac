"""The same objects for components of packages: `edited(telemetry, function)`."""

from collections.abc import Callable
from dataclasses import replace

from otel_agent.pdata.count import count_message
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.scripting.batch import Batch


def edited(telemetry: Telemetry, function: Callable[[Batch], None]) -> Telemetry | None:
    """Return the telemetry that `function` makes of this by changing a `Batch` in place; None when nothing is left.

    `InvalidTelemetry` when it is malformed; what `function` raises goes through.
    """
    batch = Batch(telemetry.signal, parse(telemetry.signal, telemetry.data), {})
    function(batch)
    request = batch.finish()
    data = request.SerializeToString()
    return replace(telemetry, data=data, items=count_message(telemetry.signal, request)) if data else None
