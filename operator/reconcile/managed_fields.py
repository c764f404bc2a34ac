"""Which fields of a child somebody else has set, and how we come to own them. Pure.

Apply takes back the fields that it names and leaves what other managers own: a pause, a node selector, a variable or a key
of a ConfigMap set by hand would stay for ever. Once ownership has moved into our own entry of `metadata.managedFields`, the
next apply removes what it does not name, and the API server's default is back. What admission webhooks add while an object is
written belongs to nobody, so that they are not fought.
"""

from typing import Any

from otel_operator.json_types import JsonObject

_OURS_ALONE = frozenset({"f:spec", "f:data", "f:binaryData"})
_SHARED: JsonObject = {"f:spec": {"f:template": {"f:metadata": {}}}}
"""Others may label and annotate pods: `kubectl rollout restart` does."""


def claimed(live: JsonObject, manager: str) -> tuple[list[JsonObject], list[str]]:
    """Return `managedFields` with our apply's entry owning what others own of our content, and the names of these others.

    Both are empty where nobody else owns any of it. Status and scale are written by their own means and are not looked at.
    """
    entries: list[JsonObject] = live["metadata"].get("managedFields") or []
    ours = next((entry for entry in entries if _is_ours(entry, manager)), None) or _blank(live, manager)
    fields = ours["fieldsV1"]
    kept, others = [], []
    for entry in entries:
        if _is_ours(entry, manager):
            continue
        taken, left = _split(entry)
        if taken:
            fields = _union(fields, taken)
            others.append(str(entry.get("manager")))
        if left:
            kept.append({**entry, "fieldsV1": left})
    return ([{**ours, "fieldsV1": fields}, *kept], others) if others else ([], [])


def _is_ours(entry: JsonObject, manager: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")


def _blank(live: JsonObject, manager: str) -> JsonObject:
    names = {"manager": manager, "operation": "Apply", "apiVersion": live["apiVersion"]}
    return {**names, "fieldsType": "FieldsV1", "fieldsV1": {}}


def _split(entry: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return of an entry's fields those that are ours alone, and those that may stay with their manager."""
    fields: JsonObject = entry.get("fieldsV1") or {}
    if entry.get("subresource"):
        return {}, fields
    return _part({key: fields[key] for key in fields.keys() & _OURS_ALONE}, _SHARED), {
        **{key: value for key, value in fields.items() if key not in _OURS_ALONE},
        **_overlap(fields, _SHARED),
    }


def _part(fields: JsonObject, shared: JsonObject) -> JsonObject:
    """Return `fields` without `shared` paths, and without parents of which nothing else is left."""
    part: JsonObject = {}
    for key, value in fields.items():
        if key not in shared:
            part[key] = value
        elif shared[key] and (inner := _part(value, shared[key])):
            part[key] = inner
    return {} if part.keys() == {"."} else part


def _overlap(fields: JsonObject, shared: JsonObject) -> JsonObject:
    """Return only the `shared` paths of `fields`."""
    found = {}
    for key in fields.keys() & shared.keys():
        inner = _overlap(fields[key], shared[key]) if shared[key] else fields[key]
        if inner:
            found[key] = inner
    return found


def _union(one: Any, other: Any) -> JsonObject:
    return {**one, **{key: _union(one.get(key) or {}, value) for key, value in other.items()}}
