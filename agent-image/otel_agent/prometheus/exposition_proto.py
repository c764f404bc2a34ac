"""The message classes of Prometheus' protobuf exposition: io.prometheus.client.MetricFamily (client_model, metrics.proto)."""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "io.prometheus.client"
_TYPES = {
    "string": _FIELD.TYPE_STRING,
    "double": _FIELD.TYPE_DOUBLE,
    "uint64": _FIELD.TYPE_UINT64,
    "int64": _FIELD.TYPE_INT64,
    "sint64": _FIELD.TYPE_SINT64,
    "sint32": _FIELD.TYPE_SINT32,
    "uint32": _FIELD.TYPE_UINT32,
}
_TIMESTAMP = ".google.protobuf.Timestamp"
_METRIC_TYPES = ("COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM")
_MESSAGES = {
    "LabelPair": "name=1:string value=2:string",
    "Gauge": "value=1:double",
    "Counter": "value=1:double exemplar=2:Exemplar created_timestamp=3:Timestamp",
    "Quantile": "quantile=1:double value=2:double",
    "Summary": "sample_count=1:uint64 sample_sum=2:double *quantile=3:Quantile created_timestamp=4:Timestamp",
    "Untyped": "value=1:double",
    "Histogram": "sample_count=1:uint64 sample_count_float=4:double sample_sum=2:double *bucket=3:Bucket"
    " created_timestamp=15:Timestamp schema=5:sint32 zero_threshold=6:double zero_count=7:uint64 zero_count_float=8:double"
    " *negative_span=9:BucketSpan *negative_delta=10:sint64 *negative_count=11:double"
    " *positive_span=12:BucketSpan *positive_delta=13:sint64 *positive_count=14:double *exemplars=16:Exemplar",
    "Bucket": "cumulative_count=1:uint64 cumulative_count_float=4:double upper_bound=2:double exemplar=3:Exemplar",
    "BucketSpan": "offset=1:sint32 length=2:uint32",
    "Exemplar": "*label=1:LabelPair value=2:double timestamp=3:Timestamp",
    "Metric": "*label=1:LabelPair gauge=2:Gauge counter=3:Counter summary=4:Summary untyped=5:Untyped histogram=7:Histogram"
    " timestamp_ms=6:int64",
    "MetricFamily": "name=1:string help=2:string type=3:MetricType *metric=4:Metric unit=5:string",
}
"""`*` is repeated."""
_PACKED = ("negative_delta", "positive_delta", "negative_count", "positive_count")


def _build() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name="io/prometheus/client/metrics.proto", package=_PACKAGE, syntax="proto2")
    file.dependency.append("google/protobuf/timestamp.proto")
    kinds = file.enum_type.add(name="MetricType")
    for number, name in enumerate(_METRIC_TYPES):
        kinds.value.add(name=name, number=number)
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for field in fields.split():
            name, _, rest = field.partition("=")
            number_text, _, of = rest.partition(":")
            label = _FIELD.LABEL_REPEATED if name[0] == "*" else _FIELD.LABEL_OPTIONAL
            added = message.field.add(name=name.lstrip("*"), number=int(number_text), label=label)
            _set_type(added, of)
            if added.name in _PACKED:
                added.options.packed = True
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return pool


def _set_type(field: descriptor_pb2.FieldDescriptorProto, of: str) -> None:
    if of in _TYPES:
        field.type = _TYPES[of]
    elif of == "MetricType":
        field.type, field.type_name = _FIELD.TYPE_ENUM, f".{_PACKAGE}.MetricType"
    else:
        field.type, field.type_name = _FIELD.TYPE_MESSAGE, _TIMESTAMP if of == "Timestamp" else f".{_PACKAGE}.{of}"


_POOL = _build()


def message_class(name: str) -> type[Any]:
    """Return the class of a message of the package, for example `MetricFamily`."""
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


METRIC_FAMILY = message_class("MetricFamily")
TYPES = {name.lower(): number for number, name in enumerate(_METRIC_TYPES)}
"""Numbers of the metric types by their names in the text format."""
