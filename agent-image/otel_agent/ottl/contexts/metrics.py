"""Fields of metrics and data points. A field that the metric's or the point's type lacks is nil."""

from collections.abc import Callable
from typing import Any

from otel_agent.ottl.contexts import fields
from otel_agent.ottl.function import Accessor
from otel_agent.ottl.values import Value, WrongType, type_name

DATA_KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
"""Names of a metric's `data`, in the order of METRIC_DATA_TYPE_*, which begins with NONE."""

ENUMS = {
    "METRIC_DATA_TYPE_NONE": 0,
    **{f"METRIC_DATA_TYPE_{kind.upper()}": number for number, kind in enumerate(DATA_KINDS, 1)},
    "AGGREGATION_TEMPORALITY_UNSPECIFIED": 0,
    "AGGREGATION_TEMPORALITY_DELTA": 1,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": 2,
}
POINT_ENUMS = {**ENUMS, "FLAG_NONE": 0, "FLAG_NO_RECORDED_VALUE": 1}

_WITH_TEMPORALITY = ("sum", "histogram", "exponential_histogram")


def _data_field(name: str, kinds: tuple[str, ...], kind: type, cut: Callable[[Any], Any]) -> Accessor:
    def read(item: Any) -> Value:
        metric = item.item.message
        found = metric.WhichOneof("data")
        return getattr(getattr(metric, found), name) if found in kinds else None

    def assign(item: Any, value: Value) -> None:
        fields.expect(value, kind, kind.__name__)
        metric = item.item.message
        found = metric.WhichOneof("data")
        if found in kinds:
            setattr(getattr(metric, found), name, cut(value))

    return Accessor(read, assign)


def _read_type(item: Any) -> int:
    kind = item.item.message.WhichOneof("data")
    return 0 if kind is None else DATA_KINDS.index(kind) + 1


def _points_accessor() -> Accessor:
    points = {kind: fields.messages("item", f"{kind}.data_points") for kind in DATA_KINDS}

    def read(item: Any) -> Value:
        kind = item.item.message.WhichOneof("data")
        return None if kind is None else points[kind].get(item)

    def assign(item: Any, value: Value) -> None:
        kind = item.item.message.WhichOneof("data")
        if kind is not None:
            points[kind].set(item, value)

    return Accessor(read, assign)


METRIC: dict[str, Accessor] = {
    "name": fields.text("item", "name"),
    "description": fields.text("item", "description"),
    "unit": fields.text("item", "unit"),
    "type": Accessor(_read_type, fields.nothing_assigned),
    "aggregation_temporality": _data_field("aggregation_temporality", _WITH_TEMPORALITY, int, fields.signed32),
    "is_monotonic": _data_field("is_monotonic", ("sum",), bool, bool),
    "data_points": _points_accessor(),
}

_NUMBER = ("NumberDataPoint",)
_HISTOGRAM = ("HistogramDataPoint",)
_EXPONENTIAL = ("ExponentialHistogramDataPoint",)
_SUMMARY = ("SummaryDataPoint",)


def _of(kinds: tuple[str, ...], accessor: Accessor) -> Accessor:
    """Return the accessor, for points of these types."""

    def read(item: Any) -> Value:
        return accessor.get(item) if item.part.message.DESCRIPTOR.name in kinds else None

    def assign(item: Any, value: Value) -> None:
        found = item.part.message.DESCRIPTOR.name
        if found not in kinds:
            raise WrongType(f"a {found} has no such field")
        accessor.set(item, value)

    return Accessor(read, assign)


def _numbers(field: str, kind: type) -> Accessor:
    """Access a repeated field of numbers, as a list."""
    owner, name = fields.owner("part", field)

    def read(item: Any) -> Value:
        found = getattr(owner(item), name)
        return [fields.signed64(number) for number in found] if kind is int else list(found)

    def assign(item: Any, value: Value) -> None:
        numbers = fields.expect(value, list, "list")
        for number in numbers:
            if type(number) is not kind:
                raise WrongType(f"expected a list of {kind.__name__}, found {type_name(number)} in it")
        getattr(owner(item), name)[:] = [fields.unsigned64(number) for number in numbers] if kind is int else numbers

    return Accessor(read, assign)


def _buckets(side: str) -> dict[str, Accessor]:
    return {
        side: _of(_EXPONENTIAL, fields.message("part", side)),
        f"{side}.offset": _of(_EXPONENTIAL, fields.integer("part", f"{side}.offset", fields.signed32)),
        f"{side}.bucket_counts": _of(_EXPONENTIAL, _numbers(f"{side}.bucket_counts", int)),
    }


DATA_POINT: dict[str, Accessor] = {
    **fields.time_fields("part", "start_time"),
    **fields.time_fields("part", "time"),
    "value_double": _of(_NUMBER, fields.double("part", "as_double")),
    "value_int": _of(_NUMBER, fields.integer("part", "as_int", int)),
    "exemplars": _of(_NUMBER + _HISTOGRAM + _EXPONENTIAL, fields.messages("part", "exemplars")),
    "flags": fields.integer("part", "flags", fields.unsigned32),
    "count": _of(_HISTOGRAM + _EXPONENTIAL + _SUMMARY, fields.integer("part", "count", fields.unsigned64, wide=True)),
    "sum": _of(_HISTOGRAM + _EXPONENTIAL + _SUMMARY, fields.double("part", "sum")),
    "bucket_counts": _of(_HISTOGRAM, _numbers("bucket_counts", int)),
    "explicit_bounds": _of(_HISTOGRAM, _numbers("explicit_bounds", float)),
    "scale": _of(_EXPONENTIAL, fields.integer("part", "scale", fields.signed32)),
    "zero_count": _of(_EXPONENTIAL, fields.integer("part", "zero_count", fields.unsigned64, wide=True)),
    **_buckets("positive"),
    **_buckets("negative"),
    "quantile_values": _of(_SUMMARY, fields.messages("part", "quantile_values")),
}
