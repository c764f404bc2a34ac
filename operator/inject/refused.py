"""The annotation by which a pod says itself what it asked for and did not get."""

import json
from collections.abc import Sequence

from otel_operator.inject.outcome import Outcome, Refusal
from otel_operator.json_types import JsonObject

REFUSED = "injection.opentelemetry.io/refused"
"""On a pod: JSON list of objects with `feature`, `reason` and `message`."""
LONGEST = 4096
"""Bytes of the annotation's value; refusals that find no room are left out, the last first."""
_LONGEST_MESSAGE = 512
_MOST_ANNOTATIONS = 256 * 1024
"""Bytes that the API server takes in keys and values of an object's annotations together."""


def recorded(outcome: Outcome) -> JsonObject:
    """Return the outcome's pod with the annotation; a pod without refusals loses one that its template may have been copied with.

    It is left out where the pod's own annotations leave no room, for which the API server would refuse the pod.
    """
    pod = outcome.pod
    metadata = pod.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    kept = {key: value for key, value in annotations.items() if key != REFUSED}
    if outcome.refusals:
        text = _text(outcome.refusals)
        if _size(kept) + len(REFUSED) + len(text) <= _MOST_ANNOTATIONS:
            kept[REFUSED] = text
    return pod if kept == annotations else {**pod, "metadata": {**metadata, "annotations": kept}}


def _text(refusals: Sequence[Refusal]) -> str:
    items = [
        {"feature": refusal.feature, "reason": refusal.reason, "message": cut(refusal.message, _LONGEST_MESSAGE)}
        for refusal in refusals
    ]
    while True:
        text = json.dumps(items, separators=(",", ":"))
        if len(text) <= LONGEST or not items:
            return text
        items.pop()


def cut(text: str, limit: int) -> str:
    """Return `text` with at most `limit` bytes of UTF-8, dots in place of what was cut."""
    data = text.encode(errors="replace")
    return text if len(data) <= limit else data[: limit - 3].decode(errors="ignore") + "..."


def _size(annotations: dict[str, str]) -> int:
    return sum(len(text.encode(errors="replace")) for item in annotations.items() for text in item)
