"""The hot operations on request bytes, behind one door: components call these, and a native build replaces them here."""

from otel_agent.pdata.count import count
from otel_agent.pdata.split import largest_header, merge, split
from otel_agent.pdata.validate import check, is_valid

__all__ = ["check", "count", "is_valid", "largest_header", "merge", "split"]
