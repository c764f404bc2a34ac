"""Fields of an entry as operators name them: `body`, `body.a.b`, `attributes["a.b"]`, `resource.x`. Pure."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, InstanceOf, PlainSerializer

from otel_agent.stanza.entry import Entry, EntryError, Value

MISSING = object()
"""What `Field.get` returns for what is not there."""
_ROOTS = ("body", "attributes", "resource")
_KEY = re.compile(
    r"\.(?P<name>[^.\[\]]+)|\[(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\]\"']+))\]"
)
_MAX_TEXT = 1024


class Field:
    """A parsed field. `keys` lead from the root down through nested maps."""

    __slots__ = ("keys", "root", "text")

    def __init__(self, root: str, keys: tuple[str, ...], text: str = "") -> None:
        self.root = root
        self.keys = keys
        self.text = text or root

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and (self.root, self.keys) == (other.root, other.keys)

    def __hash__(self) -> int:
        return hash((self.root, self.keys))

    def get(self, entry: Entry) -> Value:
        """Return the value, or MISSING."""
        value: Value = getattr(entry, self.root)
        if value is None and not self.keys:
            return MISSING
        for key in self.keys:
            if type(value) is not dict or key not in value:
                return MISSING
            value = value[key]
        return value

    def getter(self) -> Callable[[Entry], Value]:
        """Return `get` as a function that is quick for a whole body and a single key of the attributes."""
        if self.root == "attributes" and len(self.keys) == 1:
            (key,) = self.keys
            return lambda entry: entry.attributes.get(key, MISSING)
        return self.get

    def require(self, entry: Entry) -> Value:
        """Return the value; `EntryError` when it is missing."""
        value = self.get(entry)
        if value is MISSING:
            raise EntryError(f"field {self.text} does not exist")
        return value

    def set(self, entry: Entry, value: Value) -> None:
        """Store a value, making maps on the way; a map is merged into attributes and resource. `EntryError` if it cannot be."""
        if self.root == "body":
            self._set_in_body(entry, value)
            return
        if not self.keys and not isinstance(value, dict):
            raise EntryError(f"cannot set {self.root} to anything but a map")
        root = getattr(entry, self.root)
        if self.root == "resource":
            root = entry.resource = _deep_copy(root)
        if isinstance(value, dict):
            for key in self.keys:
                root = _nested(root, key)
            root.update(value)
            return
        for key in self.keys[:-1]:
            root = _nested(root, key)
        root[self.keys[-1]] = value

    def _set_in_body(self, entry: Entry, value: Value) -> None:
        if not self.keys:
            entry.body = value
            return
        if type(entry.body) is not dict:
            entry.body = {}
        root = entry.body
        for key in self.keys[:-1]:
            root = _nested(root, key)
        root[self.keys[-1]] = value

    def delete(self, entry: Entry) -> Value:
        """Remove and return the value, or return MISSING."""
        if not self.keys:
            value = getattr(entry, self.root)
            setattr(entry, self.root, None if self.root == "body" else {})
            return value
        root = getattr(entry, self.root)
        if self.root == "resource":
            root = entry.resource = _deep_copy(root)
        for key in self.keys[:-1]:
            root = root.get(key) if type(root) is dict else None
        if type(root) is not dict:
            return MISSING
        return root.pop(self.keys[-1], MISSING)


def _nested(root: dict[str, Value], key: str) -> dict[str, Value]:
    found = root.get(key)
    if type(found) is not dict:
        found = root[key] = {}
    return found


def _deep_copy(value: dict[str, Value]) -> dict[str, Value]:
    return {key: _deep_copy(item) if type(item) is dict else item for key, item in value.items()}


def parse_field(text: Any) -> Field:
    """Parse a field; ValueError says what is wrong with it."""
    if isinstance(text, Field):
        return text
    if not isinstance(text, str) or not text:
        raise ValueError(f"expected a field such as body.x or attributes.x, got {text!r}")
    if len(text) > _MAX_TEXT:
        raise ValueError(f"a field has at most {_MAX_TEXT} characters")
    root = next((name for name in _ROOTS if text == name or text.startswith((f"{name}.", f"{name}["))), None)
    if root is None:
        raise ValueError(f'unrecognized field "{text}": begin with body, attributes or resource, such as attributes.{text}')
    keys: list[str] = []
    position = len(root)
    while position < len(text):
        match = _KEY.match(text, position)
        if match is None:
            raise ValueError(f'field "{text}": expected .name or ["name"] at character {position + 1}')
        quoted = match["double"] if match["double"] is not None else match["single"]
        keys.append(match["name"] or match["bare"] or re.sub(r"\\(.)", r"\1", quoted or ""))
        position = match.end()
    return Field(root, tuple(keys), text)


def parse_nested_field(text: Any) -> Field:
    """Parse a field that is not a whole root, except `body`; ValueError otherwise."""
    field = parse_field(text)
    if field.root != "body" and not field.keys:
        raise ValueError(f"{field.text} cannot be used here, name one of its keys, such as {field.text}.key")
    return field


RootField = Annotated[InstanceOf[Field], BeforeValidator(parse_field), PlainSerializer(str, return_type=str)]
"""Config type of a field that may be a whole root (`attributes`)."""
NestedField = Annotated[InstanceOf[Field], BeforeValidator(parse_nested_field), PlainSerializer(str, return_type=str)]
"""Config type of a field that is `body` or a key somewhere."""

BODY = Field("body", ())
ATTRIBUTES = Field("attributes", ())
