"""A value that came out of `${…}`: what YAML made of it, and the text it was written as.

Which of the two counts depends on the field it lands in, so both are carried to the decoder:
X=0123 gives 83 to an int field and "0123" to a string field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExpandedValue:
    """Result of expanding a whole scalar."""

    value: Any
    """What YAML reads in the text; maps and lists may hold further ExpandedValues."""
    original: str
    """The text itself."""


def unwrapped(value: Any) -> Any:
    """Return the typed value, one level deep."""
    return value.value if isinstance(value, ExpandedValue) else value


def plain(value: Any, *, text: bool = False) -> Any:
    """Deep copy without ExpandedValue: its value, or with `text` its original text."""
    if isinstance(value, ExpandedValue):
        return value.original if text else plain(value.value)
    if isinstance(value, Mapping):
        return {key: plain(item, text=text) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, text=text) for item in value]
    return value
