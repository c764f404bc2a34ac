"""The hot operations on request bytes, behind one door: components call these, whether they are native or portable.

Both kinds take and return the same; `tests/unit/agent/pdata/test_equivalence.py` holds one to the other.
"""

from otel_agent.pdata import count as portable_count
from otel_agent.pdata import native
from otel_agent.pdata import split as portable_split
from otel_agent.pdata import validate as portable_validate
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.split import merge
from otel_agent.pdata.telemetry import Signal

NATIVE = native.choose()
"""The native functions that are in use; None when the portable ones are."""

check = NATIVE.check if NATIVE else portable_validate.check
count = NATIVE.count if NATIVE else portable_count.count
split = NATIVE.split if NATIVE else portable_split.split
largest_header = NATIVE.largest_header if NATIVE else portable_split.largest_header


def is_valid(signal: Signal, data: bytes) -> bool:
    """Whether `check` would pass."""
    try:
        check(signal, data)
    except InvalidTelemetry:
        return False
    return True


__all__ = ["NATIVE", "check", "count", "is_valid", "largest_header", "merge", "split"]
