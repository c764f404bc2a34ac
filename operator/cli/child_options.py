"""Options that change what is made of a collector, the same for the manager and for `render`."""

from collections.abc import Mapping
from typing import Any

from otel_operator.cli.sources import Option, boolean, comma_list
from otel_operator.settings import Settings

_DEFAULTS = Settings()
CHILD_OPTIONS = (
    Option(
        "collector-image", "RELATED_IMAGE_COLLECTOR", _DEFAULTS.collector_image, str, "image of collectors without spec.image"
    ),
    Option("alias-service", "ALIAS_SERVICE", _DEFAULTS.alias_service, boolean, "make a Service named like the resource"),
    Option("labels-filter", "LABELS_FILTER", (), comma_list, "labels, as regular expressions, not to copy to children", True),
    Option(
        "annotations-filter",
        "ANNOTATIONS_FILTER",
        _DEFAULTS.annotations_filter,
        comma_list,
        "the same for annotations; replaces the default",
        True,
    ),
)


def child_settings(values: Mapping[str, Any], proxy: Mapping[str, str]) -> Settings:
    """Return the settings that these option values say; `proxy` are the variables that collectors get."""
    return Settings(
        collector_image=values["collector-image"],
        alias_service=values["alias-service"],
        labels_filter=values["labels-filter"],
        annotations_filter=values["annotations-filter"],
        proxy_env=proxy,
    )
