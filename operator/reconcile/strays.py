"""What server-side apply leaves standing: entries that someone else added to a list or a data map that is ours alone. Pure.

Apply takes care of our fields and leaves those of other managers, so a port, variable or container added by hand would stay,
and one whose key was edited would stand beside ours. A merge patch replaces lists as a whole.
"""

from typing import Any

from otel_operator.json_types import JsonObject

_WHOLE_MAPS = ("data", "binaryData")
"""Fields of ConfigMaps in which every key is ours."""
_NOT_COMPARED = frozenset({"apiVersion", "kind", "metadata"})


def correction(desired: JsonObject, live: JsonObject) -> JsonObject:
    """Return the merge patch that takes foreign entries out of `live`; empty when there are none.

    Only what `desired` names is looked at: lists that the API server or others fill by themselves are not in it.
    """
    patch: JsonObject = {}
    for name, wanted in desired.items():
        if name in _NOT_COMPARED:
            continue
        found = _keys_to_drop(wanted, live.get(name)) if name in _WHOLE_MAPS else _correction(wanted, live.get(name))
        if found:
            patch[name] = found
    return patch


def whole(desired: JsonObject) -> JsonObject:
    """Return a merge patch with everything that `desired` says below its metadata."""
    return {name: value for name, value in desired.items() if name not in _NOT_COMPARED}


def _keys_to_drop(wanted: JsonObject, present: Any) -> JsonObject:
    return {key: None for key in present or {} if key not in wanted}


def _correction(wanted: Any, present: Any) -> Any:
    """Return what to send for this field, None when nothing needs to change."""
    if isinstance(wanted, dict) and isinstance(present, dict):
        inner = {key: _correction(value, present.get(key)) for key, value in wanted.items()}
        return {key: value for key, value in inner.items() if value} or None
    if isinstance(wanted, list) and isinstance(present, list):
        same = len(wanted) == len(present) and not any(_correction(w, p) for w, p in zip(wanted, present, strict=True))
        return None if same else wanted
    return None
