"""Attributes as a mapping, straight on the decoded message: nothing is copied until it is read."""

from collections.abc import Iterator, MutableMapping
from typing import Any

from otel_agent.pdata import values

Plain = None | bool | int | float | str | bytes | list["Plain"] | dict[str, "Plain"]
"""What the value of an attribute or the body of a record can be."""


class Attributes(MutableMapping[str, Any]):
    """Keys are str, values `Plain`; a list or map that is read is a copy, so assign it again after changing it."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Any) -> None:
        self._entries = entries
        """Repeated KeyValue."""

    def __getitem__(self, key: str) -> Any:
        for entry in self._entries:
            if entry.key == key:
                return plain(entry.value)
        raise KeyError(key)

    def __setitem__(self, key: str, value: Any) -> None:
        made = checked(value)
        for entry in self._entries:
            if entry.key == key:
                entry.value.Clear()
                values.write(entry.value, made)
                return
        if not isinstance(key, str):
            raise TypeError(f"the key of an attribute is a str, not {type(key).__name__}")
        values.write(self._entries.add(key=key).value, made)

    def __delitem__(self, key: str) -> None:
        for number, entry in enumerate(self._entries):
            if entry.key == key:
                del self._entries[number]
                return
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter([entry.key for entry in self._entries])

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr(dict(self))


def plain(value: Any) -> Any:
    """Return what an AnyValue holds."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [plain(member) for member in value.array_value.values]
    if kind == "kvlist_value":
        return {entry.key: plain(entry.value) for entry in value.kvlist_value.values}
    return getattr(value, kind)


def checked(value: Any) -> Any:
    """Return the value with lists for tuples; TypeError or ValueError for what OTLP has no place for."""
    if value is None or isinstance(value, (bool, float, str, bytes)):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"{value} does not fit in 64 bits")
        return int(value)
    if isinstance(value, (list, tuple)):
        return [checked(member) for member in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"the keys of a map are str, not {type(key).__name__}")
        return {key: checked(member) for key, member in value.items()}
    raise TypeError(f"a value is None, bool, int, float, str, bytes, list or dict, not {type(value).__name__}")
