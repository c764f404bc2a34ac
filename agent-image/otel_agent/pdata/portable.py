"""The portable operations on request bytes, under the names that the extension has for its own.

A module of its own because protobuf and the messages of OTLP are 5 MB that the native functions do without.
"""

from otel_agent.pdata.count import count
from otel_agent.pdata.points import number_points
from otel_agent.pdata.split import largest_header, split, split_by_bytes
from otel_agent.pdata.traces import group_by_trace, route_by_trace, shard_by_trace
from otel_agent.pdata.validate import check

__all__ = [
    "check",
    "count",
    "group_by_trace",
    "largest_header",
    "number_points",
    "route_by_trace",
    "shard_by_trace",
    "split",
    "split_by_bytes",
]
