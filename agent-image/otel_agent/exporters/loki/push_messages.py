"""The messages of Loki's push API (`logproto.PushRequest`), declared by their field numbers, and the two encodings.

They live in a descriptor pool of their own.
"""

from collections.abc import Iterable
from typing import Any

import cramjam
import orjson
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from otel_agent.exporters.loki.entries import Stream

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "otel_agent.loki"
_NANOSECONDS = 1_000_000_000


def encode_protobuf(streams: dict[str, Stream]) -> bytes:
    """Return a PushRequest in snappy's block format, which the API demands of protobuf."""
    request = PUSH_REQUEST()
    for labels, stream in streams.items():
        target = request.streams.add(labels=labels)
        for entry in stream.entries:
            added = target.entries.add(line=entry.line)
            seconds, nanoseconds = divmod(entry.nanoseconds, _NANOSECONDS)
            added.timestamp.seconds, added.timestamp.nanos = seconds, nanoseconds
            for name, value in entry.metadata:
                added.structured_metadata.add(name=name, value=value)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def encode_json(streams: Iterable[Stream]) -> bytes:
    """Return the same as JSON."""
    values = [{"stream": stream.labels, "values": [_value(*entry) for entry in stream.entries]} for stream in streams]
    return orjson.dumps({"streams": values})


def _value(nanoseconds: int, line: str, metadata: tuple[tuple[str, str], ...]) -> list[Any]:
    return [str(nanoseconds), line, dict(metadata)] if metadata else [str(nanoseconds), line]


def _build() -> type[Any]:
    file = descriptor_pb2.FileDescriptorProto(name="otel_agent/loki.proto", package=_PACKAGE, syntax="proto3")

    def message(name: str, *fields: tuple[str, int, int, str]) -> None:
        """Declare a message; fields are name, number, type and, behind a message's name, a star where repeated."""
        declared = file.message_type.add(name=name)
        for field, number, kind, of in fields:
            label = _FIELD.LABEL_REPEATED if of.endswith("*") else _FIELD.LABEL_OPTIONAL
            type_name = f".{_PACKAGE}.{of.rstrip('*')}" if of else None
            declared.field.add(name=field, number=number, type=kind, label=label, type_name=type_name)

    text, of_message = _FIELD.TYPE_STRING, _FIELD.TYPE_MESSAGE
    message("LabelPair", ("name", 1, text, ""), ("value", 2, text, ""))
    message("Timestamp", ("seconds", 1, _FIELD.TYPE_INT64, ""), ("nanos", 2, _FIELD.TYPE_INT32, ""))
    message(
        "Entry",
        ("timestamp", 1, of_message, "Timestamp"),
        ("line", 2, text, ""),
        ("structured_metadata", 3, of_message, "LabelPair*"),
    )
    message("Stream", ("labels", 1, text, ""), ("entries", 2, of_message, "Entry*"))
    message("PushRequest", ("streams", 1, of_message, "Stream*"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.PushRequest"))


PUSH_REQUEST = _build()
