"""The message classes of Prometheus' protobuf exposition: io.prometheus.client.MetricFamily (client_model, metrics.proto)."""

from otel_agent.pdata.schemas import message_classes

_METRIC_TYPES = ("COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM")
_MESSAGES = {
    "Timestamp": "seconds=1:int64 nanos=2:int32",
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
    "MetricFamily": "name=1:string help=2:string type=3:int32 *metric=4:Metric unit=5:string",
}

message_class = message_classes("io.prometheus.client", _MESSAGES, syntax="proto2")
"""Returns the class of a message of the package by its name."""
METRIC_FAMILY = message_class("MetricFamily")
TYPES = {name.lower(): number for number, name in enumerate(_METRIC_TYPES)}
"""Numbers of the metric types by their names in the text format."""
