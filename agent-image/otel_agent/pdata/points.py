"""A protobuf view of a metrics request down to its data points, whose attributes and exemplars stay `bytes`.

What tells series apart is then a join of bytes instead of a walk over attributes. Fields that the view does not declare upb keeps
and writes back, as in `otel_agent.pdata.slim`.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from otel_agent.pdata.errors import InvalidTelemetry

CUMULATIVE = 2
DELTA = 1
NO_RECORDED_VALUE = 1
"""Bit of a point's flags."""
KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
"""Members of `Metric.data`; each has `data_points`, the second to fourth `aggregation_temporality`."""

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "otel_agent.points"
_TYPES = {
    "bytes": _FIELD.TYPE_BYTES,
    "string": _FIELD.TYPE_STRING,
    "fixed64": _FIELD.TYPE_FIXED64,
    "sfixed64": _FIELD.TYPE_SFIXED64,
    "uint64": _FIELD.TYPE_UINT64,
    "uint32": _FIELD.TYPE_UINT32,
    "int32": _FIELD.TYPE_INT32,
    "sint32": _FIELD.TYPE_SINT32,
    "double": _FIELD.TYPE_DOUBLE,
    "bool": _FIELD.TYPE_BOOL,
}
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
}
"""`?` is optional, `*` repeated, `name|` a member of that oneof."""


def parse_points(data: bytes) -> Any:
    """Decode a metrics request; `InvalidTelemetry` when it is malformed down to its points."""
    try:
        return POINTS_REQUEST.FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed metrics request: {error}") from error


def _build() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name="otel_agent/points.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for text in fields.split():
            _add_field(message, *text.split("="))
        # Oneofs of optional fields have to come after those that are written down.
        for field in message.field:
            if field.proto3_optional:
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name=f"_{field.name}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _add_field(message: descriptor_pb2.DescriptorProto, name: str, rest: str) -> None:
    number, _, of = rest.partition(":")
    oneof, _, name = name.rpartition("|")
    label = _FIELD.LABEL_REPEATED if name[0] == "*" else _FIELD.LABEL_OPTIONAL
    field = message.field.add(name=name.lstrip("*?"), number=int(number), label=label)
    if of in _TYPES:
        field.type = _TYPES[of]
    else:
        field.type, field.type_name = _FIELD.TYPE_MESSAGE, f".{_PACKAGE}.{of}"
    if name[0] == "?":
        field.proto3_optional = True
    if oneof:
        names = [each.name for each in message.oneof_decl]
        if oneof not in names:
            message.oneof_decl.add(name=oneof)
            names.append(oneof)
        field.oneof_index = names.index(oneof)


POINTS_REQUEST: type[Any] = message_factory.GetMessageClass(_build().FindMessageTypeByName(f"{_PACKAGE}.Request"))
"""ExportMetricsServiceRequest as far as this view goes."""
