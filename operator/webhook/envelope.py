"""What AdmissionReview and ConversionReview have in common: the outer object and its typed fields."""

from typing import Any

from otel_operator.json_types import JsonObject
from otel_operator.webhook.errors import ReviewError


def opened(review: object, api_version: str, kind: str) -> JsonObject:
    """Return `review.request` after checking the review's type.

    Raises:
        ReviewError: for another kind or version than the one asked for.

    """
    if not isinstance(review, dict):
        raise ReviewError(f"body is not a JSON object but {type(review).__name__}")
    if (review.get("apiVersion"), review.get("kind")) != (api_version, kind):
        raise ReviewError(
            f"want {api_version} {kind}, got {review.get('apiVersion')!r} {review.get('kind')!r}; "
            "the registration must list v1 in admissionReviewVersions or conversionReviewVersions"
        )
    return required(review, "request", dict)  # type: ignore[no-any-return]


def required(parent: JsonObject, name: str, kind: type) -> Any:
    """Return the non-empty field `name` of type `kind`, or raise ReviewError."""
    value = parent.get(name)
    if not value or not isinstance(value, kind):
        raise ReviewError(f"review field {name} is missing or not a {kind.__name__}")
    return value


def optional(parent: JsonObject, name: str, kind: type) -> Any:
    """Return the field `name` of type `kind`, None when absent, or raise ReviewError."""
    value = parent.get(name)
    if value is not None and not isinstance(value, kind):
        raise ReviewError(f"review field {name} is not a {kind.__name__}")
    return value
