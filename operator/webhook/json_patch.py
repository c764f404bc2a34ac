"""Difference of two JSON documents as RFC 6902 operations.

Written here, and not taken from a library, because admission needs only add, replace and remove on the places that a
defaulter touches: a list whose length changed is replaced whole, and no search for moved items is made.
"""

from collections.abc import Iterator
from typing import Any

Operation = dict[str, Any]


def json_patch(before: object, after: object) -> list[Operation]:
    """Return the operations that turn `before` into `after`; empty when the two are equal."""
    return list(_difference("", before, after))


def pointer(*parts: str | int) -> str:
    """Return the RFC 6901 pointer of the path `parts`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _difference(path: str, before: object, after: object) -> Iterator[Operation]:
    if before is after:
        return  # what a defaulter did not touch is shared, however deep it is
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _mapping_difference(path, before, after)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _difference(f"{path}/{index}", old, new)
    elif not _same_scalar(before, after):
        yield {"op": "replace", "path": path, "value": after}


def _mapping_difference(path: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Operation]:
    for key in before:
        if key not in after:
            yield {"op": "remove", "path": path + pointer(key)}
    for key, value in after.items():
        if key in before:
            yield from _difference(path + pointer(key), before[key], value)
        else:
            yield {"op": "add", "path": path + pointer(key), "value": value}


def _same_scalar(before: object, after: object) -> bool:
    """Compare as JSON does: `true` is not `1` (Python says it is); `1` and `1.0` differ for integer schemas."""
    return type(before) is type(after) and before == after
