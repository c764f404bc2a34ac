"""Attributes of decoded messages as dicts, read and written all at once by the kernel where it is there.

protobuf's Python objects cost most of a microsecond for each attribute; encoding the message and reading that in the kernel costs
as much for all of them.
"""

from functools import cache
from typing import Any

from otel_agent.pdata.native import choose
from otel_agent.pdata.values import read_map, write

_NATIVE = choose()
_METRIC = "Metric"
"""Its attributes are called metadata, and it is not encoded for them: all its points are in it."""


def entries_of(message: Any) -> Any:
    """Return the list of KeyValue; of a metric that of its metadata."""
    return message.metadata if message.DESCRIPTOR.name == _METRIC else message.attributes


def read_attributes(message: Any) -> dict[str, Any]:
    """Return the attributes, of several with one key the first."""
    descriptor = message.DESCRIPTOR
    if _NATIVE is None or descriptor.name == _METRIC:
        return read_map(entries_of(message))
    return _NATIVE.read_attributes(message.SerializePartialToString(), _number(descriptor))


def append_attributes(message: Any, attributes: dict[str, Any]) -> None:
    """Put these behind the attributes that the message has."""
    if not attributes:
        return
    if _NATIVE is not None:
        message.MergeFromString(_NATIVE.encode_attributes(attributes, _number(message.DESCRIPTOR)))
        return
    entries = entries_of(message)
    for key, value in attributes.items():
        entry = entries.add(key=key)
        entry.value.SetInParent()
        write(entry.value, value)


@cache
def _number(descriptor: Any) -> int:
    return int(descriptor.fields_by_name["metadata" if descriptor.name == _METRIC else "attributes"].number)
