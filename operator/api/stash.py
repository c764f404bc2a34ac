"""Keeps what a conversion cannot express, and gives it back unless it was changed meanwhile.

After converting `source` forth and back, everything that differs is remembered: where, what the source has there, and a digest
of what the way back made of it. The other direction later computes that same way back; where the digest still fits, nobody
has edited the value in between and the remembered one is right; where it does not, the edit wins.
"""

import copy
import hashlib
import json
from typing import Any

from otel_operator.json_types import JsonObject

_ABSENT: Any = object()


def differences(source: JsonObject, back: JsonObject) -> list[JsonObject]:
    """Return patches `{path, base, value}` that make `source` of `back`; `value` is missing where `source` has nothing."""
    found: list[JsonObject] = []
    _compare((), source, back, found)
    return found


def restored(back: JsonObject, patches: Any) -> JsonObject:
    """Apply the patches whose base still fits; malformed ones (an annotation is user input) are passed over."""
    result: JsonObject = copy.deepcopy(back)
    for patch in patches if isinstance(patches, list) else ():
        if isinstance(patch, dict) and _is_path(patch.get("path")):
            _restore(result, patch)
    return result


def moved(patches: list[Any], path: list[str], old: Any, new: Any) -> list[Any]:
    """Return the patches with the one at `path` based on `new`, if it was based on `old`."""
    return [
        {**patch, "base": _digest(new)}
        if isinstance(patch, dict) and patch.get("path") == path and patch.get("base") == _digest(old)
        else patch
        for patch in patches
    ]


def encode(patches: list[JsonObject]) -> str:
    """Write patches as an annotation's value."""
    return json.dumps(patches, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def decode(text: str) -> Any:
    """Read an annotation's value; an empty list when it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return []


def _is_path(path: Any) -> bool:
    return isinstance(path, list) and bool(path) and path[0] in ("spec", "status") and all(isinstance(p, str) for p in path)


def _restore(result: JsonObject, patch: JsonObject) -> None:
    *parents, last = patch["path"]
    place: Any = result
    for key in parents:
        place = place.get(key) if isinstance(place, dict) else None
    if not isinstance(place, dict) or _digest(place.get(last, _ABSENT)) != patch.get("base"):
        return
    if "value" in patch:
        place[last] = patch["value"]
    else:
        place.pop(last, None)


def _compare(path: tuple[str, ...], source: Any, back: Any, found: list[JsonObject]) -> None:
    if isinstance(source, dict) and isinstance(back, dict):
        for key in sorted(source.keys() | back.keys()):
            _compare((*path, key), source.get(key, _ABSENT), back.get(key, _ABSENT), found)
    elif source is _ABSENT or back is _ABSENT or _canonical(source) != _canonical(back):
        patch: JsonObject = {"path": list(path), "base": _digest(back)}
        if source is not _ABSENT:
            patch["value"] = source
        found.append(patch)


def _canonical(value: Any) -> str:
    # 1 and True, 1 and 1.0 are equal in Python and different in JSON.
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _digest(value: Any) -> str:
    return "" if value is _ABSENT else hashlib.sha256(_canonical(value).encode()).hexdigest()[:16]
