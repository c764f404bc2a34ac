"""AdmissionReview v1 in and out, as pure functions over decoded JSON.

Shapes: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from otel_operator.json_types import JsonObject
from otel_operator.webhook.envelope import opened, optional, required
from otel_operator.webhook.errors import ReviewError
from otel_operator.webhook.json_patch import Operation

API_VERSION = "admission.k8s.io/v1"

INVALID = 422
"""HTTP status of an object that breaks a rule (reason Invalid), as the API server's own validation answers."""

_BEFORE_OBJECT, _DRY_RUN = b',"object":', b'"dryRun":true'
"""As an API server writes them; the quotes cannot be part of a text, where they would be escaped."""
_TAIL = 1024
"""Bytes at the end that have `dryRun` and `options`."""


@dataclass(frozen=True, slots=True)
class AdmissionRequest:
    """What the decision code needs of `request`."""

    uid: str
    operation: str
    """CREATE, UPDATE, DELETE or CONNECT."""
    kind: str
    namespace: str
    name: str
    """Empty while the API server has yet to make it from `generateName`."""
    object: JsonObject | None
    old_object: JsonObject | None
    user: str
    dry_run: bool

    @property
    def subject(self) -> str:
        """The object for messages: `OpenTelemetryCollector "namespace/name"`."""
        return f'{self.kind} "{self.namespace}/{self.name}"'


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision on one admission request."""

    patch: Sequence[Operation] = ()
    warnings: Sequence[str] = ()
    errors: Sequence[str] = ()
    """Any error denies the request."""

    @property
    def allowed(self) -> bool:
        """Whether the request goes on."""
        return not self.errors


def decode(review: object) -> AdmissionRequest:
    """Check and unpack an AdmissionReview v1 request.

    Raises:
        ReviewError: naming the field that is missing or of the wrong type.

    """
    request = opened(review, API_VERSION, "AdmissionReview")
    operation = required(request, "operation", str)
    new = optional(request, "object", dict)
    old = optional(request, "oldObject", dict)
    if operation in ("CREATE", "UPDATE") and new is None:
        raise ReviewError(f"AdmissionReview of operation {operation} has no request.object")
    metadata = optional(new or old or {}, "metadata", dict) or {}
    kind, user = optional(request, "kind", dict) or {}, optional(request, "userInfo", dict) or {}
    return AdmissionRequest(
        uid=required(request, "uid", str),
        operation=operation,
        kind=str(kind.get("kind", "")),
        namespace=optional(request, "namespace", str) or "",
        name=request.get("name") or metadata.get("name") or f"{metadata.get('generateName') or ''}*",
        object=new,
        old_object=old,
        user=str(user.get("username", "")),
        dry_run=bool(request.get("dryRun")),
    )


def decode_without_object(body: bytes) -> AdmissionRequest:
    """Read what an API server writes around the object of a review, at a cost that does not grow with the object.

    Raises:
        ReviewError: where another wrote the review, with its fields in another order.

    """
    end = body.find(_BEFORE_OBJECT)
    try:
        review = json.loads(body[:end] + b"}}") if end >= 0 else None
    except (ValueError, RecursionError):
        review = None
    if not isinstance(review, dict):
        raise ReviewError("a review this large must have request.object after the fields that name it, as API servers write it")
    request = opened(review, API_VERSION, "AdmissionReview")
    kind, user = optional(request, "kind", dict) or {}, optional(request, "userInfo", dict) or {}
    return AdmissionRequest(
        uid=required(request, "uid", str),
        operation=required(request, "operation", str),
        kind=str(kind.get("kind", "")),
        namespace=optional(request, "namespace", str) or "",
        name=optional(request, "name", str) or "*",
        object=None,
        old_object=None,
        user=str(user.get("username", "")),
        dry_run=_DRY_RUN in body[-_TAIL:],
    )


def encode(request: AdmissionRequest, answer: Answer) -> JsonObject:
    """Return the AdmissionReview that answers `request`."""
    response: JsonObject = {"uid": request.uid, "allowed": answer.allowed}
    if answer.warnings:
        response["warnings"] = list(answer.warnings)
    if not answer.allowed:
        message = denial(request.subject, answer.errors)
        response["status"] = {"status": "Failure", "message": message, "reason": "Invalid", "code": INVALID}
    elif answer.patch:
        response["patchType"] = "JSONPatch"
        response["patch"] = base64.b64encode(json.dumps(list(answer.patch)).encode()).decode()
    return {"apiVersion": API_VERSION, "kind": "AdmissionReview", "response": response}


def denial(subject: str, errors: Sequence[str]) -> str:
    """Return one message with all errors, so that a user mends them in one go."""
    if len(errors) == 1:
        return f"{subject} is invalid: {errors[0]}"
    return f"{subject} is invalid, {len(errors)} errors:" + "".join(f"\n- {error}" for error in errors)
