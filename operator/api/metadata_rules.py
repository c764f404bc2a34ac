"""What the API server asks of an object's metadata, whatever its kind. Pure.

Rules: https://kubernetes.io/docs/concepts/overview/working-with-objects/names and
https://kubernetes.io/docs/concepts/overview/working-with-objects/labels.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from otel_operator.api.finding import Finding, Rule, at, shown
from otel_operator.json_types import JsonObject
from otel_operator.naming import MAX_LABEL

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_MAX_SUBDOMAIN = 253
_WORD = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_MAX_ANNOTATIONS = 256 * 1024
_FIELDS = (
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
)


def metadata_errors(obj: JsonObject) -> Iterator[Finding]:
    """Report why the API server would refuse the metadata of an object that is to be created."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        yield _found((), "must be a map with at least the name")
        return
    for field in metadata:
        if field not in _FIELDS:
            close = get_close_matches(field, _FIELDS, n=1)
            remedy = f'did you mean "{close[0]}"?' if close else "remove it"
            yield at(Rule.UNKNOWN_FIELD, ("metadata", field), f"unknown field; {remedy}")
    yield from _name(metadata)
    yield from _namespace(metadata.get("namespace"))
    for field in ("labels", "annotations"):
        yield from _keyed(field, metadata.get(field))


def _name(metadata: JsonObject) -> Iterator[Finding]:
    name, prefix = metadata.get("name"), metadata.get("generateName")
    if name in (None, ""):
        if not isinstance(prefix, str) or not prefix:
            yield _found(("name",), "is required; give one")
        elif not _is_subdomain(f"{prefix}x"):
            yield _found(("generateName",), f"{prefix!r} begins no name; {_WANTED_NAME}")
    elif not isinstance(name, str):
        yield _found(("name",), f"must be text, got {name}: put it in quotes")
    elif not _is_subdomain(name):
        yield _found(("name",), f"{name!r} is no name; {_WANTED_NAME}")


_WANTED_NAME = f"use at most {_MAX_SUBDOMAIN} of a-z, 0-9, - and ., with a letter or digit at both ends and beside each ."


def _namespace(namespace: Any) -> Iterator[Finding]:
    if namespace in (None, ""):
        return
    if not isinstance(namespace, str) or len(namespace) > MAX_LABEL or not re.fullmatch(_LABEL, namespace):
        yield _found(
            ("namespace",), f"{namespace!r} is no namespace; use at most {MAX_LABEL} of a-z, 0-9 and -, - not at the ends"
        )


def _keyed(field: str, entries: Any) -> Iterator[Finding]:
    """Check labels or annotations; a null entry is an empty one."""
    if entries is None:
        return
    if not isinstance(entries, dict):
        yield _found((field,), "must be a map of text to text")
        return
    for key, value in entries.items():
        if not _is_qualified(key if field == "labels" else key.lower()):
            problem = (
                f"is no key; use at most {MAX_LABEL} of letters, digits, -, _ and ., with a DNS name and / before if need be"
            )
            yield _entry(field, key, problem)
        if not isinstance(value, str | None):
            yield _entry(field, key, f"must be text, got {value}: put it in quotes")
        elif field == "labels" and value and (len(value) > MAX_LABEL or not _WORD.fullmatch(value)):
            yield _entry(field, key, f"{value!r} is no label value; use at most {MAX_LABEL} of letters, digits, -, _ and .")
    size = sum(len(key.encode()) + len(str(value or "").encode()) for key, value in entries.items())
    if field == "annotations" and size > _MAX_ANNOTATIONS:
        yield _found((field,), f"have {size} bytes; at most {_MAX_ANNOTATIONS} are allowed")


def _is_subdomain(text: str) -> bool:
    return len(text) <= _MAX_SUBDOMAIN and _SUBDOMAIN.fullmatch(text) is not None


def _is_qualified(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return len(name) <= MAX_LABEL and _WORD.fullmatch(name) is not None and (not slash or _is_subdomain(prefix))


def _found(path: tuple[str, ...], problem: str) -> Finding:
    return at(Rule.METADATA, ("metadata", *path), problem)


def _entry(field: str, key: str, problem: str) -> Finding:
    return Finding(Rule.METADATA, ("metadata", field, key), f"{shown(('metadata', field))}[{key}]: {problem}")
