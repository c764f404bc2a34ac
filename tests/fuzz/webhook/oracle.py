"""The answer that a review must get, judged apart from the webhook's own code."""

from __future__ import annotations

import base64
import json
from typing import Any

import jsonpatch

DEEPEST = 700
"""Levels of nesting of which the webhook answers reviews; API servers send less."""
_OURS = "otc-container"
"""A sidecar that a pod already has may be taken out of it."""


def uid_of(body: bytes) -> str | None:
    """Return the uid that an answer needs, None where there is none or the review cannot be read."""
    try:
        review = json.loads(body)
    except (ValueError, RecursionError):
        return None
    request = review.get("request") if isinstance(review, dict) else None
    uid = request.get("uid") if isinstance(request, dict) else None
    return uid if isinstance(uid, str) and uid and not _too_deep(review) else None


def fault(body: bytes, status: int, answer: bytes) -> str | None:
    """Return what is wrong with an answer: a review with a uid is allowed, any other is 400, and a patch leaves the pod whole."""
    uid = uid_of(body)
    if uid is None:
        return None if status == 400 else f"a review without a uid was answered {status}"
    if status != 200:
        return f"a review with a uid was answered {status}: {answer[:200]!r}"
    try:
        response = json.loads(answer)["response"]
        if response["uid"] != uid or response["allowed"] is not True:
            return f"the pod was not allowed: {response}"
        return _patch_fault(json.loads(body), response)
    except (ValueError, LookupError, TypeError) as error:
        return f"the answer is no AdmissionReview: {error!r}"


def internal_error(answer: bytes) -> bool:
    """Tell whether a pod was allowed because the webhook failed: it may, but it had better not."""
    return b"internal error" in answer


def _patch_fault(review: Any, response: dict[str, Any]) -> str | None:
    if "patch" not in response:
        return None
    pod = review["request"]["object"]
    before = _names(pod)
    try:
        # In place, because a copy would nest as deep as the pod does.
        after = jsonpatch.apply_patch(pod, json.loads(base64.b64decode(response["patch"])), in_place=True)
    except jsonpatch.JsonPatchException as error:
        return f"the patch cannot be applied: {error}"
    lost = before - _names(after) - {_OURS}
    return f"the patch takes containers away: {sorted(lost)}" if lost else None


def _names(pod: Any) -> set[str]:
    spec = pod["spec"]
    return {str(container["name"]) for field in ("containers", "initContainers") for container in spec.get(field) or ()}


def _too_deep(value: Any) -> bool:
    layer = [value]
    for _ in range(DEEPEST):
        layer = [inner for outer in layer for inner in (outer.values() if isinstance(outer, dict) else outer) if _holds(inner)]
    return bool(layer)


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list)
