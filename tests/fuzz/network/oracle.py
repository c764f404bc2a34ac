"""What a request must be answered, from the rules and the official classes; nothing here is the collector's own code. Pure.

A body is valid when protobuf's official classes decode it (ADR 9), OTLP/JSON when their `json_format` takes it, whose ids are
base64 and not hex.
"""

import base64
import binascii
import json
import re
import zlib
from functools import cache
from math import isinf
from typing import Any

import cramjam
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SIGNALS = ("traces", "metrics", "logs")
REQUESTS: dict[str, Any] = {
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "logs": ExportLogsServiceRequest,
}
_ID_BYTES = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
_POINTS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_BASE64 = re.compile("[A-Za-z0-9+/_-]*=*")
_NUMBER = re.compile("[-+.0-9eE]+")
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_INTEGER = re.compile("-?[0-9]+")
_JSON_DEPTH = 400
"""Of arrays and objects; far above what a message may nest, far below where readers of JSON differ."""


class Refused(Exception):
    """The bytes are not what they should be."""


class TooLarge(Refused):
    """They are more than is allowed, once unpacked."""


def items_of(signal: str, body: bytes) -> int:
    """Return the number of spans, data points or log records; `Refused` when the body is no request of that signal."""
    try:
        return count(signal, REQUESTS[signal].FromString(body))
    except DecodeError:
        raise Refused from None


def count(signal: str, request: Any) -> int:
    """Count the items of a decoded request."""
    if signal == "traces":
        return sum(len(scope.spans) for each in request.resource_spans for scope in each.scope_spans)
    if signal == "logs":
        return sum(len(scope.log_records) for each in request.resource_logs for scope in each.scope_logs)
    metrics = (metric for each in request.resource_metrics for scope in each.scope_metrics for metric in scope.metrics)
    return sum(len(getattr(metric, name).data_points) for metric in metrics for name in _POINTS)


def json_items_of(signal: str, body: bytes) -> int:
    """Return the number of items of an OTLP/JSON request; `Refused` when it is none."""
    message = REQUESTS[signal]()
    try:
        parsed = json.loads(body.decode(), parse_constant=_no_constant, parse_float=_finite)
        if b"\\u" in body:
            json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair is no text
        prepared = _as_protobuf_json(message.DESCRIPTOR, parsed, 0)
        # how deep a message may nest is the decoder's matter, below
        json_format.ParseDict(prepared, message, ignore_unknown_fields=True, max_recursion_depth=_JSON_DEPTH)
        return items_of(signal, message.SerializeToString())
    except (ValueError, OverflowError, RecursionError, json_format.ParseError):
        raise Refused from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"{text} is more than a double holds")
    return value


@cache
def _fields(descriptor: Descriptor) -> dict[str, FieldDescriptor]:
    return {name: field for field in descriptor.fields for name in (field.name, field.json_name)}


def _as_protobuf_json(descriptor: Descriptor, value: Any, depth: int) -> Any:
    """Make what `json_format` reads: ids in base64 in place of hex, and objects where messages are, which it does not check.

    Unknown fields are left out, because it takes one in brackets for an extension, and refuses it.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{descriptor.name} is no object")
    if depth > _JSON_DEPTH:
        raise RecursionError
    fields = _fields(descriptor)
    return {key: _field(fields[key], item, depth) for key, item in value.items() if key in fields}


def _field(field: FieldDescriptor, value: Any, depth: int) -> Any:
    if value is None:
        return None
    if field.message_type is not None:
        if not field.is_repeated:
            return _as_protobuf_json(field.message_type, value, depth + 1)
        if not isinstance(value, list):
            raise ValueError(f"{field.name} is no array")
        return [_as_protobuf_json(field.message_type, item, depth + 1) for item in value]
    if field.name in _ID_BYTES:
        return _id(field.name, value)
    if isinstance(value, list):
        return [_scalar(field, item) for item in value]
    return _scalar(field, value)


def _scalar(field: FieldDescriptor, value: Any) -> Any:
    """Refuse what `json_format` overlooks, and read the one thing that it does not: an integer written as "1e3"."""
    if field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BOOL):
        return value
    if isinstance(value, str):
        return _number(field, value) if field.type != FieldDescriptor.TYPE_BYTES else _matching(_BASE64, value)
    integral = field.cpp_type not in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
    if isinstance(value, bool) or (integral and isinstance(value, float) and not value.is_integer()):
        raise ValueError(field.name)
    return value


def _number(field: FieldDescriptor, text: str) -> Any:
    if field.enum_type is not None and text in field.enum_type.values_by_name:
        return text
    if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return text if text in _NOT_FINITE else _matching(_NUMBER, text)
    if _INTEGER.fullmatch(text) or field.enum_type is not None:
        return int(_matching(_INTEGER, text))
    number = float(_matching(_NUMBER, text))
    if not number.is_integer():
        raise ValueError(field.name)
    return int(number)


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def _id(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) not in (0, 2 * _ID_BYTES[name]):
        raise ValueError(name)
    return base64.b64encode(binascii.unhexlify(value)).decode()


def unpack(encoding: str, data: bytes, limit: int) -> bytes:
    """Return the content of a packed body; `TooLarge` when it has more than `limit` bytes, `Refused` when it is broken."""
    if encoding in ("", "identity"):
        return data
    try:
        content = _inflate(encoding, data, limit) if encoding in _WINDOW_BITS else _reference(encoding, data, limit)
    except (zlib.error, cramjam.DecompressionError, ValueError):
        raise Refused from None
    if len(content) > limit:
        raise TooLarge
    return content


_WINDOW_BITS = {"gzip": 31, "zlib": 15, "deflate": 15}


def _inflate(encoding: str, data: bytes, limit: int) -> bytes:
    """Inflate with zlib; gzip may have several members, and nothing else may follow one."""
    content = b""
    while True:
        stream = zlib.decompressobj(_WINDOW_BITS[encoding])
        content += stream.decompress(data, limit + 1 - len(content))
        if len(content) > limit:
            raise TooLarge
        if not stream.eof:
            raise Refused
        data = stream.unused_data
        if encoding != "gzip" or not data:
            return content


def _reference(encoding: str, data: bytes, limit: int) -> bytes:
    if encoding == "zstd":
        return bytes(cramjam.zstd.decompress(data))
    if encoding == "lz4":
        return bytes(cramjam.lz4.decompress(data))
    if not data:
        return b""
    if data.startswith(b"\xff\x06\x00\x00sNaPpY"):
        return bytes(cramjam.snappy.decompress(data))
    if cramjam.snappy.decompress_raw_len(data) > limit:
        raise TooLarge  # a block says its size first, and is not read further
    return bytes(cramjam.snappy.decompress_raw(data))
