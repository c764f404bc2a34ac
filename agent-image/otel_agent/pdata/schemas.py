"""Protobuf classes from a few words a message, for views of a wire format that are nowhere as a `.proto` file.

A message is written as its fields: `name=number:type`, with `*` before a repeated one, `?` before an optional one whose presence
matters (proto3), and `oneof|` before a member of a oneof. A type is a scalar's name or that of another message.
"""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _FIELD.TYPE_BOOL,
    "bytes": _FIELD.TYPE_BYTES,
    "double": _FIELD.TYPE_DOUBLE,
    "fixed64": _FIELD.TYPE_FIXED64,
    "int32": _FIELD.TYPE_INT32,
    "int64": _FIELD.TYPE_INT64,
    "sfixed64": _FIELD.TYPE_SFIXED64,
    "sint32": _FIELD.TYPE_SINT32,
    "sint64": _FIELD.TYPE_SINT64,
    "string": _FIELD.TYPE_STRING,
    "uint32": _FIELD.TYPE_UINT32,
    "uint64": _FIELD.TYPE_UINT64,
}
_UNPACKABLE = ("bytes", "string")


def message_classes(package: str, messages: Mapping[str, str], *, syntax: str = "proto3") -> Callable[[str], type[Any]]:
    """Declare messages in a pool of their own, where they clash with no others; returns the class of a message by its name."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package.replace('.', '/')}.proto", package=package, syntax=syntax)
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for text in fields.split():
            _add_field(message, package, text)
        for field in message.field:
            if field.proto3_optional:  # their oneofs have to come after those that are written down
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name=f"_{field.name}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))


def _add_field(message: descriptor_pb2.DescriptorProto, package: str, text: str) -> None:
    left, _, right = text.partition("=")
    number, _, of = right.partition(":")
    oneof, _, name = left.rpartition("|")
    repeated = name[0] == "*"
    label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
    field = message.field.add(name=name.lstrip("*?"), number=int(number), label=label, proto3_optional=name[0] == "?")
    if of in _SCALARS:
        field.type = _SCALARS[of]
        if repeated and of not in _UNPACKABLE:
            field.options.packed = True
    else:
        field.type, field.type_name = _FIELD.TYPE_MESSAGE, f".{package}.{of}"
    if oneof:
        names = [each.name for each in message.oneof_decl]
        if oneof not in names:
            message.oneof_decl.add(name=oneof)
            names.append(oneof)
        field.oneof_index = names.index(oneof)
