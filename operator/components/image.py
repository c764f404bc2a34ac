"""Which image a collector runs, and whether it is the one that this distribution brings."""

from otel_operator.components.collector_config import spec_of
from otel_operator.json_types import JsonObject


def effective_image(collector: JsonObject, default_image: str) -> str:
    """Return `spec.image`, or the operator's default where it is unset."""
    return str(spec_of(collector).get("image") or default_image)


def is_bundled(collector: JsonObject, default_image: str) -> bool:
    """Tell whether the collector runs the operator's own image, whose components are known here."""
    return effective_image(collector, default_image) == default_image
