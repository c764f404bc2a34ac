"""io.prometheus.client.MetricFamily, declared in a pool of its own as far as scrapes need it."""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

_F = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "io.prometheus.client"
_STRING, _DOUBLE = _F.TYPE_STRING, _F.TYPE_DOUBLE
_UINT64, _UINT32, _SINT32, _SINT64, _INT64 = _F.TYPE_UINT64, _F.TYPE_UINT32, _F.TYPE_SINT32, _F.TYPE_SINT64, _F.TYPE_INT64
_TIME = ".google.protobuf.Timestamp"

TYPE_NAMES = ("counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram")
"""By number of MetricType."""

_MESSAGES: dict[str, tuple[tuple[int, str, int | str, bool], ...]] = {
    "LabelPair": ((1, "name", _STRING, False), (2, "value", _STRING, False)),
    "Gauge": ((1, "value", _DOUBLE, False),),
    "Exemplar": ((1, "label", "LabelPair", True), (2, "value", _DOUBLE, False), (3, "timestamp", _TIME, False)),
    "Counter": ((1, "value", _DOUBLE, False), (2, "exemplar", "Exemplar", False), (3, "created_timestamp", _TIME, False)),
    "Quantile": ((1, "quantile", _DOUBLE, False), (2, "value", _DOUBLE, False)),
    "Summary": (
        (1, "sample_count", _UINT64, False),
        (2, "sample_sum", _DOUBLE, False),
        (3, "quantile", "Quantile", True),
        (4, "created_timestamp", _TIME, False),
    ),
    "Untyped": ((1, "value", _DOUBLE, False),),
    "BucketSpan": ((1, "offset", _SINT32, False), (2, "length", _UINT32, False)),
    "Bucket": (
        (1, "cumulative_count", _UINT64, False),
        (2, "upper_bound", _DOUBLE, False),
        (3, "exemplar", "Exemplar", False),
        (4, "cumulative_count_float", _DOUBLE, False),
    ),
    "Histogram": (
        (1, "sample_count", _UINT64, False),
        (2, "sample_sum", _DOUBLE, False),
        (3, "bucket", "Bucket", True),
        (4, "sample_count_float", _DOUBLE, False),
        (5, "schema", _SINT32, False),
        (6, "zero_threshold", _DOUBLE, False),
        (7, "zero_count", _UINT64, False),
        (8, "zero_count_float", _DOUBLE, False),
        (9, "negative_span", "BucketSpan", True),
        (10, "negative_delta", _SINT64, True),
        (11, "negative_count", _DOUBLE, True),
        (12, "positive_span", "BucketSpan", True),
        (13, "positive_delta", _SINT64, True),
        (14, "positive_count", _DOUBLE, True),
        (15, "created_timestamp", _TIME, False),
        (16, "exemplars", "Exemplar", True),
    ),
    "Metric": (
        (1, "label", "LabelPair", True),
        (2, "gauge", "Gauge", False),
        (3, "counter", "Counter", False),
        (4, "summary", "Summary", False),
        (5, "untyped", "Untyped", False),
        (6, "timestamp_ms", _INT64, False),
        (7, "histogram", "Histogram", False),
    ),
    "MetricFamily": (
        (1, "name", _STRING, False),
        (2, "help", _STRING, False),
        (3, "type", _F.TYPE_INT32, False),
        (4, "metric", "Metric", True),
        (5, "unit", _STRING, False),
    ),
}
"""Number, name, type and whether it repeats, of each field."""


def _build() -> type[Any]:
    file = descriptor_pb2.FileDescriptorProto(name="otel_agent/prometheus_client.proto", package=_PACKAGE, syntax="proto2")
    time = descriptor_pb2.FileDescriptorProto()
    timestamp_pb2.DESCRIPTOR.CopyToProto(time)
    file.dependency.append(time.name)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field, kind, repeated in fields:
            label = _F.LABEL_REPEATED if repeated else _F.LABEL_OPTIONAL
            if isinstance(kind, str):
                of = kind if kind.startswith(".") else f".{_PACKAGE}.{kind}"
                message.field.add(name=field, number=number, label=label, type=_F.TYPE_MESSAGE, type_name=of)
            else:
                message.field.add(name=field, number=number, label=label, type=kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(time)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.MetricFamily"))


MetricFamily = _build()
"""The message that an exposition is a sequence of, each behind its length."""
