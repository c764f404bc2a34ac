"""Full structural check of a request, done once at the edge: a broken request spoils every request it is joined with.

"Valid" is what upb decodes with the official classes. That is what the Go receiver accepts, with two deliberate differences: a
`string` field that is not UTF-8 is refused here (Go passes it on, and the next hop that does check refuses the whole batch),
and the length of trace and span ids is not looked at (Go refuses others than 0, 8 and 16; reading each id would cost more than
the decode).

Portable version, called through `otel_agent.pdata.kernel`.
"""

from otel_agent.pdata.count import count_message
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal


def check(signal: Signal, data: bytes) -> int:
    """Items of a request that is well-formed throughout; `InvalidTelemetry` for any other."""
    return count_message(signal, parse(signal, data))
