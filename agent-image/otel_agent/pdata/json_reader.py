"""OTLP/JSON to protobuf bytes.

The rules of the OTLP specification: ids in hex, other bytes in base64, 64-bit integers as string or number, enums as number or
name, lowerCamel and original field names, unknown fields ignored, NaN and infinities as strings. A table per message type, made
from the descriptors on first use, turns the parsed JSON into constructor arguments of the official classes, which upb then
fills in C.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import EncodeError

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal

ID_LENGTHS = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
"""Bytes of the fields that are written in hex; empty is allowed too."""

_Convert = Callable[[Any], Any]

_DIGITS = re.compile("-?[0-9]+")
_NUMBER = re.compile("[-+.0-9eE]+")
"""Letters of a number in a string; Python's own readers also take spaces, underscores and digits of other scripts."""
_SPECIAL = ("NaN", "Infinity", "-Infinity")


@dataclass(slots=True)
class _Plan:
    """How to read one message type: JSON key to field name and conversion."""

    fields: dict[str, tuple[str, _Convert]] = field(default_factory=dict)


def json_to_request(signal: Signal, data: bytes) -> bytes:
    """Convert an OTLP/JSON export request; `InvalidTelemetry` when it is not one."""
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidTelemetry(f"malformed JSON: {error}") from error
    request = REQUESTS[signal]
    try:
        arguments = _message(_plan(request.DESCRIPTOR), parsed, request.DESCRIPTOR.name)
        encoded: bytes = request(**arguments).SerializeToString()
    except RecursionError:
        raise InvalidTelemetry(f"{signal} request is nested too deeply") from None
    except (TypeError, ValueError, EncodeError) as error:
        raise InvalidTelemetry(f"malformed {signal} request: {error}") from error
    # upb writes deeper nesting than it reads; such a request would spoil every batch it is joined with.
    parse(signal, encoded)
    return encoded


_PLANS: dict[str, _Plan] = {}


def _plan(descriptor: Descriptor) -> _Plan:
    """Return the table of a message type; entered before it is filled, because AnyValue contains itself."""
    plan = _PLANS.get(descriptor.full_name)
    if plan is None:
        plan = _PLANS[descriptor.full_name] = _Plan()
        for each in descriptor.fields:
            convert = _list_of(each, _scalar(each)) if each.is_repeated else _scalar(each)
            plan.fields[each.name] = plan.fields[each.json_name] = (each.name, convert)
    return plan


def _message(plan: _Plan, value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name}: expected an object, got {_shown(value)}")
    fields, arguments = plan.fields, {}
    for key, item in value.items():
        known = fields.get(key)
        if known is not None and item is not None:
            arguments[known[0]] = known[1](item)
    return arguments


def _list_of(each: FieldDescriptor, convert: _Convert) -> _Convert:
    name = each.json_name

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError(f"{name}: expected an array, got {_shown(value)}")
        return [convert(item) for item in value]

    return read


def _scalar(each: FieldDescriptor) -> _Convert:
    """Return the conversion of one value of a field."""
    name = each.json_name
    if each.message_type is not None:
        plan = _plan(each.message_type)
        return lambda value: _message(plan, value, name)
    if each.enum_type is not None:
        numbers = {key: item.number for key, item in each.enum_type.values_by_name.items()}
        return lambda value: _enum(numbers, value, name)
    if each.type == FieldDescriptor.TYPE_BYTES:
        length = ID_LENGTHS.get(each.name)
        return (lambda value: _base64(value, name)) if length is None else (lambda value: _hex(value, length, name))
    readers: Mapping[int, Callable[[Any, str], Any]] = {
        FieldDescriptor.CPPTYPE_STRING: _string,
        FieldDescriptor.CPPTYPE_BOOL: _bool,
        FieldDescriptor.CPPTYPE_DOUBLE: _double,
        FieldDescriptor.CPPTYPE_FLOAT: _double,
    }
    reader: Callable[[Any, str], Any] = readers.get(each.cpp_type, _integer)
    return lambda value: reader(value, name)


def _string(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name}: expected a string, got {_shown(value)}")
    return value


def _bool(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name}: expected true or false, got {_shown(value)}")
    return value


def _double(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{name}: expected a number, got {_shown(value)}")
    try:
        if not isinstance(value, str) or value in _SPECIAL or _NUMBER.fullmatch(value):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{name}: {_shown(value)} is not a number")


def _integer(value: Any, name: str) -> int:
    """Read an integer; range is checked by upb.

    A number with a fraction of zero (1.0, "1e3") counts as an integer, as in proto3 JSON.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{name}: expected an integer, got {_shown(value)}")
    try:
        if isinstance(value, int):
            return value
        if isinstance(value, str):
            if _DIGITS.fullmatch(value):
                return int(value)
            if not _NUMBER.fullmatch(value):
                raise ValueError
        number = float(value)
        if number.is_integer():
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{name}: {_shown(value)} is not an integer")


def _enum(numbers: Mapping[str, int], value: Any, name: str) -> int:
    if isinstance(value, str) and value in numbers:
        return numbers[value]
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError(f"{name}: unknown value {_shown(value)}")
    return _integer(value, name)


def _hex(value: Any, length: int, name: str) -> bytes:
    text = _string(value, name)
    if len(text) not in (0, 2 * length):
        raise ValueError(f"{name}: expected {2 * length} hexadecimal digits, got {_shown(value)}")
    try:
        return binascii.unhexlify(text)
    except ValueError:
        raise ValueError(f"{name}: {_shown(value)} is not hexadecimal") from None


def _base64(value: Any, name: str) -> bytes:
    """Read base64, standard or URL-safe, with or without padding."""
    text = _string(value, name).rstrip("=")
    try:
        return base64.b64decode((text + "=" * (-len(text) % 4)).translate(_URL_SAFE), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{name}: {_shown(value)} is not base64") from None


_URL_SAFE = str.maketrans("-_", "+/")


def _shown(value: Any) -> str:
    """Return a value for an error message, cut short."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
