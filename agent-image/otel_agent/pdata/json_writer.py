"""Protobuf bytes to OTLP/JSON: ids in hex, 64-bit integers as strings, enums as numbers, lowerCamel names, defaults left out."""

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from otel_agent.pdata.json_reader import ID_LENGTHS
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal

_Convert = Callable[[Any], Any]
_LONG = (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
_FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)


@dataclass(slots=True)
class _Plan:
    """How to write one message type: field number to JSON key and conversion."""

    fields: dict[int, tuple[str, _Convert]] = field(default_factory=dict)


def request_to_json(signal: Signal, data: bytes) -> bytes:
    """Convert an export request to one line of OTLP/JSON, without newline; `InvalidTelemetry` when it is malformed."""
    request = parse(signal, data)
    return orjson.dumps(_message(_plan(request.DESCRIPTOR), request))


_PLANS: dict[str, _Plan] = {}


def _plan(descriptor: Descriptor) -> _Plan:
    """Return the table of a message type; entered before it is filled, because AnyValue contains itself."""
    plan = _PLANS.get(descriptor.full_name)
    if plan is None:
        plan = _PLANS[descriptor.full_name] = _Plan()
        for each in descriptor.fields:
            convert = _scalar(each)
            plan.fields[each.number] = (each.json_name, _list_of(convert) if each.is_repeated else convert)
    return plan


def _message(plan: _Plan, message: Any) -> dict[str, Any]:
    fields, result = plan.fields, {}
    for descriptor, value in message.ListFields():
        key, convert = fields[descriptor.number]
        result[key] = convert(value)
    return result


def _list_of(convert: _Convert) -> _Convert:
    return lambda values: [convert(value) for value in values]


def _scalar(each: FieldDescriptor) -> _Convert:
    if each.message_type is not None:
        plan = _plan(each.message_type)
        return lambda value: _message(plan, value)
    if each.type == FieldDescriptor.TYPE_BYTES:
        return bytes.hex if each.name in ID_LENGTHS else lambda value: base64.b64encode(value).decode("ascii")
    if each.cpp_type in _LONG:
        return str
    return _double if each.cpp_type in _FLOATS else _same


def _same(value: Any) -> Any:
    return value


def _double(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
