"""Divides a request by a resource attribute, and turns the attribute's value into a path below a fixed folder."""

from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.slim import LAYOUTS
from otel_agent.pdata.telemetry import Signal

MISSING = "MISSING"
"""Stands for a resource without the attribute, as in the Go collector."""


def divide(signal: Signal, data: bytes, attribute: str) -> dict[str, bytes]:
    """Return one request for each value of the attribute, in order of appearance; `InvalidTelemetry` for malformed data."""
    field = LAYOUTS[signal].resources
    groups: dict[str, list[bytes]] = {}
    request = parse(signal, data)
    for resource in getattr(request, field):
        value = next((each.value.string_value for each in resource.resource.attributes if each.key == attribute), "")
        part = REQUESTS[signal]()
        getattr(part, field).add().CopyFrom(resource)
        groups.setdefault(value or MISSING, []).append(part.SerializeToString())
    return {value: b"".join(parts) for value, parts in groups.items()}


def path_for(pattern: str, value: str) -> str:
    """Put `value` in place of the `*`. Empty, `.` and `..` steps are dropped, so that a sender cannot leave the folder."""
    before, _, after = pattern.partition("*")
    steps = [step for step in value.replace("\0", "").split("/") if step not in ("", ".", "..")]
    return f"{before}{'/'.join(steps) or MISSING}{after}"
