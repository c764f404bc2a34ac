"""Protobuf views of a metrics request down to its data points, whose attributes and exemplars stay `bytes`.

What tells series apart is then a join of bytes instead of a walk over attributes. Fields that the views do not declare upb keeps
and writes back, as in `otel_agent.pdata.slim`.
"""

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import DecodeError

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.schemas import message_classes
from otel_agent.pdata.varint import varint

CUMULATIVE = 2
DELTA = 1
NO_RECORDED_VALUE = 1
"""Bit of a point's flags."""
KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
"""Members of `Metric.data`; each has `data_points`, the second to fourth `aggregation_temporality`."""

_TIMES = "start_time_unix_nano=2:fixed64 time_unix_nano=3:fixed64"
_EXTREMES = "?sum=5:double flags=10:uint32"
_MESSAGES = {
    "Number": f"{_TIMES} value|as_double=4:double *exemplars=5:bytes value|as_int=6:sfixed64 *attributes=7:bytes flags=8:uint32",
    "Histogram": f"{_TIMES} count=4:fixed64 {_EXTREMES} *bucket_counts=6:fixed64 *explicit_bounds=7:double *exemplars=8:bytes"
    " *attributes=9:bytes ?min=11:double ?max=12:double",
    "Buckets": "offset=1:sint32 *bucket_counts=2:uint64",
    "Exponential": f"*attributes=1:bytes {_TIMES} count=4:fixed64 {_EXTREMES} scale=6:sint32 zero_count=7:fixed64"
    " positive=8:Buckets negative=9:Buckets *exemplars=11:bytes ?min=12:double ?max=13:double zero_threshold=14:double",
    "Quantile": "quantile=1:double value=2:double",
    "Summary": f"{_TIMES} count=4:fixed64 sum=5:double *quantile_values=6:Quantile *attributes=7:bytes flags=8:uint32",
    "GaugeData": "*data_points=1:Number",
    "SumData": "*data_points=1:Number aggregation_temporality=2:int32 is_monotonic=3:bool",
    "HistogramData": "*data_points=1:Histogram aggregation_temporality=2:int32",
    "ExponentialData": "*data_points=1:Exponential aggregation_temporality=2:int32",
    "SummaryData": "*data_points=1:Summary",
    "Metric": "name=1:string description=2:string unit=3:string data|gauge=5:GaugeData data|sum=7:SumData"
    " data|histogram=9:HistogramData data|exponential_histogram=10:ExponentialData data|summary=11:SummaryData"
    " *metadata=12:bytes",
    "ScopeMetrics": "scope=1:bytes *metrics=2:Metric schema_url=3:string",
    "ResourceMetrics": "resource=1:bytes *scope_metrics=2:ScopeMetrics schema_url=3:string",
    "Request": "*resource_metrics=1:ResourceMetrics",
    "Attributes": "*attributes=7:bytes",
}
_CLOSED = {"Metric": _MESSAGES["Metric"].replace("GaugeData", "bytes").replace("SumData", "bytes")}

_classes = message_classes("otel_agent.points", _MESSAGES)
POINTS_REQUEST = _classes("Request")
"""ExportMetricsServiceRequest as far as this view goes."""
_METRICS_REQUEST = message_classes("otel_agent.metrics", {**_MESSAGES, **_CLOSED})("Request")
_NUMBERS, _ATTRIBUTES = _classes("SumData"), _classes("Attributes")  # a gauge is a sum that says nothing but its points
_ATTRIBUTES_TAG = b"\x3a"

NumberPoint = tuple[bytes, int, int, int | float, int, Sequence[bytes] | None]
"""Attributes as they were encoded, for `attributes_in`; time and start in nanoseconds; value; flags; encoded exemplars if any."""


def parse_points(data: bytes) -> Any:
    """Decode a metrics request; `InvalidTelemetry` when it is malformed down to its points."""
    try:
        return POINTS_REQUEST.FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed metrics request: {error}") from error


def parse_metrics(data: bytes) -> Any:
    """Decode a metrics request whose gauges and sums stay `bytes`, for `kernel.number_points`; `InvalidTelemetry` as above."""
    try:
        return _METRICS_REQUEST.FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed metrics request: {error}") from error


def number_points(data: bytes, /) -> tuple[int, bool, list[NumberPoint]]:
    """Return temporality, whether it is monotonic, and the points of an encoded gauge or sum; `InvalidTelemetry`."""
    try:
        numbers = _NUMBERS.FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed metrics request: {error}") from error
    return numbers.aggregation_temporality, numbers.is_monotonic, [_number_point(point) for point in numbers.data_points]


def attributes_in(fields: bytes) -> Sequence[bytes]:
    """Return the encoded attributes, one by one, of a `NumberPoint`."""
    found: Sequence[bytes] = _ATTRIBUTES.FromString(fields).attributes
    return found


def _number_point(point: Any) -> NumberPoint:
    fields = b"".join([_ATTRIBUTES_TAG + varint(len(each)) + each for each in point.attributes])
    value = point.as_double if point.HasField("as_double") else point.as_int
    return fields, point.time_unix_nano, point.start_time_unix_nano, value, point.flags, list(point.exemplars) or None
