"""How refusals name pods, annotations and values; what users wrote is cut, since an Event's note holds 1024 bytes."""

from collections.abc import Iterable

from otel_operator.inject.instrumentation.annotations import is_of_pod
from otel_operator.inject.subject import Subject

_LONGEST_VALUE = 80
_LONGEST_LISTED = 40
_MOST_NAMES = 5


def pod_name(subject: Subject) -> str:
    """Name the pod: `pod ns1/web`, or `pod ns1/web-5d8f-*` while it has only the start of a name."""
    metadata = subject.pod.get("metadata") or {}
    name = metadata.get("name") or f"{metadata.get('generateName') or ''}*"
    return f"pod {subject.namespace}/{name}"


def annotation(subject: Subject, key: str) -> str:
    """Name an annotation with the object that carries the value that counts."""
    return f"annotation {key} of {pod_name(subject) if is_of_pod(subject, key) else f'namespace {subject.namespace}'}"


def quoted(text: str) -> str:
    """Quote what a user wrote, cut to 80 characters."""
    return _cut(text, _LONGEST_VALUE)


def listed(names: Iterable[str]) -> str:
    """List names, at most five of them, each cut to 40 characters."""
    every = list(names)
    more = len(every) - _MOST_NAMES
    return ", ".join(_cut(name, _LONGEST_LISTED) for name in every[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _cut(text: str, longest: int) -> str:
    return repr(text if len(text) <= longest else f"{text[: longest - 3]}...")
