"""ConversionReview v1: the API server asks for objects in another version of their kind.

The API server requires the same objects in the same order, metadata unchanged but for labels and annotations, and takes
one result for the whole review: the message names the object that failed, else a failed `kubectl get` of a list of 500
would not say which one to mend.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from otel_operator.errors import OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.webhook.envelope import opened, required
from otel_operator.webhook.errors import ReviewError

API_VERSION = "apiextensions.k8s.io/v1"

Convert = Callable[[JsonObject, str], JsonObject]
"""(object, desired apiVersion) → object; OperatorError when it cannot be done."""


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """The objects to convert and the version wanted."""

    uid: str
    desired: str
    objects: list[JsonObject]


def decode(review: object) -> ConversionRequest:
    """Check and unpack a ConversionReview v1 request; ReviewError names a wrong field."""
    request = opened(review, API_VERSION, "ConversionReview")
    objects = required(request, "objects", list)
    if not all(isinstance(obj, dict) for obj in objects):
        raise ReviewError("review field objects has items that are not objects")
    return ConversionRequest(required(request, "uid", str), required(request, "desiredAPIVersion", str), objects)


async def answer(request: ConversionRequest, convert: Convert) -> JsonObject:
    """Convert all objects and return the ConversionReview.

    Other requests get their turn between two objects: the API server sends a whole list in one review.
    """
    converted: list[JsonObject] = []
    for obj in request.objects:
        try:
            converted.append(convert(obj, request.desired))
        except OperatorError as error:
            return _review(request.uid, {"status": "Failure", "message": _failure(obj, request.desired, str(error))})
        await asyncio.sleep(0)
    return _review(request.uid, {"status": "Success"}, converted)


def _failure(obj: JsonObject, desired: str, cause: str) -> str:
    metadata = obj.get("metadata") or {}
    name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    return f'{obj.get("kind", "object")} "{name}" cannot be converted from {obj.get("apiVersion")} to {desired}: {cause}'


def _review(uid: str, result: JsonObject, converted: list[JsonObject] | None = None) -> JsonObject:
    response: JsonObject = {"uid": uid, "result": result}
    if converted is not None:
        response["convertedObjects"] = converted
    return {"apiVersion": API_VERSION, "kind": "ConversionReview", "response": response}
