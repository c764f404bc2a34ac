"""Keeps what a conversion cannot express, and gives it back unless it was changed meanwhile.

After converting `source` forth and back, everything that differs is remembered: where, what the source has there, and a digest
of what the way back made of it. The other direction later computes that same way back; where the digest still fits, nobody
has edited the value in between and the remembered one is right; where it does not, the edit wins.

An annotation is user input: whatever stands in it, reading it neither fails nor takes unbounded memory.
"""

import base64
import binascii
import hashlib
import json
import zlib
from typing import Any

from otel_operator.api.stored_json import deeper_than, json_copy
from otel_operator.json_types import JsonObject

_ABSENT: Any = object()
_PLAIN_CHARACTERS = 4096
"""Longer annotations are compressed: all annotations of an object together have 256 KiB."""
_COMPRESSED = "zlib:"
_MAX_BYTES = 4 * 1024 * 1024
"""Of a decompressed annotation; an object has less."""
_MAX_DEPTH = 720
"""Objects nested deeper than 700 levels are not converted."""
_COMPARED_DEPTH = 100
"""Below it values are compared as wholes."""


def differences(source: JsonObject, back: JsonObject) -> list[JsonObject]:
    """Return patches `{path, base, value}` that make `source` of `back`; `value` is missing where `source` has nothing."""
    found: list[JsonObject] = []
    _compare((), source, back, found)
    return found


def restored(back: JsonObject, patches: Any) -> JsonObject:
    """Apply the patches whose base still fits; malformed ones are passed over."""
    result = json_copy(back)
    for patch in patches if isinstance(patches, list) else ():
        if _is_patch(patch):
            _restore(result, patch)
    return result


def moved(patches: list[Any], old: JsonObject, new: JsonObject) -> list[Any]:
    """Return the patches such that those which fit `old` fit `new`."""
    return [
        {**patch, "base": _digest(_at(new, patch["path"]))}
        if _is_patch(patch) and patch.get("base") == _digest(_at(old, patch["path"]))
        else patch
        for patch in patches
    ]


def encode(patches: list[JsonObject]) -> str:
    """Write patches as an annotation's value: JSON, compressed when it is long."""
    text = json.dumps(patches, separators=(",", ":"), sort_keys=True)
    if len(text) <= _PLAIN_CHARACTERS:
        return text
    return _COMPRESSED + base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def decode(text: str) -> Any:
    """Read an annotation's value; an empty list when it is not one that `encode` wrote."""
    try:
        if text.startswith(_COMPRESSED):
            text = _decompressed(base64.b64decode(text.removeprefix(_COMPRESSED), validate=True))
        patches = json.loads(text, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError, binascii.Error, zlib.error):
        return []
    return [] if deeper_than(patches, _MAX_DEPTH) else patches


def _decompressed(data: bytes) -> str:
    reader = zlib.decompressobj()
    text = reader.decompress(data, _MAX_BYTES)
    if not reader.eof:
        raise ValueError("truncated, or larger than any object")
    return text.decode()


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if abs(number) != float("inf") else float(_refused(text))


def _is_patch(patch: Any) -> bool:
    path = patch.get("path") if isinstance(patch, dict) else None
    if not isinstance(path, list) or not 0 < len(path) <= _COMPARED_DEPTH:
        return False
    return path[0] in ("spec", "status") and all(isinstance(p, str) for p in path)


def _at(obj: Any, path: list[str]) -> Any:
    for key in path:
        obj = obj.get(key, _ABSENT) if isinstance(obj, dict) else _ABSENT
    return obj


def _restore(result: JsonObject, patch: JsonObject) -> None:
    *parents, last = patch["path"]
    place = _at(result, parents)
    if not isinstance(place, dict) or _digest(place.get(last, _ABSENT)) != patch.get("base"):
        return
    if "value" in patch:
        place[last] = patch["value"]
    else:
        place.pop(last, None)


def _compare(path: tuple[str, ...], source: Any, back: Any, found: list[JsonObject]) -> None:
    if isinstance(source, dict) and isinstance(back, dict) and len(path) < _COMPARED_DEPTH:
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
