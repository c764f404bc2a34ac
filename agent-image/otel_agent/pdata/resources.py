"""A view of any signal's request that stops at the resources: their attributes can be read and set, the rest is not looked at.

What enriches resources needs no more, and pays for copying the bytes of the items and not for decoding them. All three requests
have the same shape down to here.
"""

from collections.abc import Callable
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from otel_agent.pdata.errors import InvalidTelemetry

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "otel_agent.resources"


class ResourceAttributes:
    """Attributes of one resource. Only texts are read; of several with one key the first."""

    __slots__ = ("_entries", "changed")

    def __init__(self, entries: Any) -> None:
        self._entries = entries
        self.changed = False

    def get(self, key: str) -> str:
        """Return a text, "" when there is none or it is of another type."""
        for entry in self._entries:
            if entry.key == key:
                text: str = entry.value.string_value
                return text
        return ""

    def set_default(self, key: str, text: str) -> None:
        """Set an attribute that is not there, or is an empty text."""
        for entry in self._entries:
            if entry.key == key:
                if entry.value.ByteSize() == 0 or entry.value == _EMPTY_TEXT:
                    entry.value.string_value = text
                    self.changed = True
                return
        self._entries.add(key=key).value.string_value = text
        self.changed = True


def edit_resources(data: bytes, edit: Callable[[ResourceAttributes], None]) -> bytes:
    """Let `edit` see and change the resource of each group; the request, `data` itself if nothing changed.

    `InvalidTelemetry` when the outer levels are malformed.
    """
    try:
        request = _REQUEST.FromString(data)
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed request: {error}") from error
    changed = False
    for group in request.groups:
        attributes = ResourceAttributes(group.resource.attributes)
        edit(attributes)
        changed |= attributes.changed
    if not changed:
        return data
    result: bytes = request.SerializeToString()
    return result


def _build() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name="otel_agent/resources.proto", package=_PACKAGE, syntax="proto3")

    def declare(name: str, *fields: tuple[str, int, int, str]) -> None:
        message = file.message_type.add(name=name)
        for field, number, label, of in fields:
            added = message.field.add(name=field, number=number, label=label)
            if of:
                added.type, added.type_name = _FIELD.TYPE_MESSAGE, f".{_PACKAGE}.{of}"
            else:
                added.type = _FIELD.TYPE_STRING

    one, many = _FIELD.LABEL_OPTIONAL, _FIELD.LABEL_REPEATED
    declare("Value")
    value = file.message_type[0]
    value.oneof_decl.add(name="value")  # so that an empty text is told from nothing
    value.field.add(name="string_value", number=1, label=one, type=_FIELD.TYPE_STRING, oneof_index=0)
    declare("KeyValue", ("key", 1, one, ""), ("value", 2, one, "Value"))
    declare("Resource", ("attributes", 1, many, "KeyValue"))
    declare("Group", ("resource", 1, one, "Resource"))
    declare("Request", ("groups", 1, many, "Group"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


_POOL = _build()
_REQUEST: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.Request"))
_EMPTY_TEXT: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.Value"))(string_value="")
