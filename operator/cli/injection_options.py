"""Options of auto-instrumentation, the same for every program that decides about it (spec: instrumentation §1.5)."""

import logging
from collections.abc import Mapping
from typing import Any

from otel_operator.cli.sources import Option, boolean
from otel_operator.json_types import JsonObject
from otel_operator.settings import InjectionSettings

_DEFAULTS = InjectionSettings()
CRDS = "enable-instrumentation-crds"
KEY = "instrumentations"
_MOST_WARNINGS = 20
_log = logging.getLogger(__name__)
_MULTI = "enable-multi-instrumentation"


def _switch(feature: str) -> str:
    return f"enable-{feature}-instrumentation"


def _image(feature: str) -> str:
    return f"auto-instrumentation-{feature}-image"


_SPELLED = {"nodejs": "node-js", "dotnet": "dot-net"}
"""Of languages whose keys in the Go operator's file are not spelled as its flags."""


def _in_file(feature: str) -> str:
    return _SPELLED.get(feature, feature)


def _constant(feature: str) -> str:
    return feature.upper().replace("-", "_")


INJECTION_OPTIONS = (
    Option(CRDS, "", True, boolean, "Instrumentations are resources; else the file's `instrumentations` is the only one"),
    Option(KEY, "", None, str, "the Instrumentation of an operator without their CRD", file_only=True),
    *(
        Option(
            _switch(feature),
            f"ENABLE_{_constant(feature)}_AUTO_INSTRUMENTATION",
            feature in _DEFAULTS.enabled_languages,
            boolean,
            f"inject {feature} auto-instrumentation",
            other_keys=(f"enable-{_in_file(feature)}-auto-instrumentation",),
        )
        for feature in _DEFAULTS.images
    ),
    Option(
        _MULTI, "ENABLE_MULTI_INSTRUMENTATION", _DEFAULTS.multi_instrumentation, boolean, "allow several languages in one pod"
    ),
    *(
        Option(
            _image(feature),
            f"RELATED_IMAGE_AUTO_INSTRUMENTATION_{_constant(feature)}",
            image,
            str,
            f"image of the {feature} agent where the Instrumentation names none",
            other_keys=(f"auto-instrumentation-{_in_file(feature)}-image",) if feature in _SPELLED else (),
        )
        for feature, image in _DEFAULTS.images.items()
    ),
)


def injection_settings(values: dict[str, Any]) -> InjectionSettings:
    """Return the settings that these option values say. Raises ConfigError for an Instrumentation that admission would refuse."""
    images = {feature: values[_image(feature)] for feature in _DEFAULTS.images}
    return InjectionSettings(
        images=images,
        enabled_languages=frozenset(feature for feature in _DEFAULTS.images if values[_switch(feature)]),
        multi_instrumentation=values[_MULTI],
        static=_static(values, images),
    )


def _static(values: dict[str, Any], images: Mapping[str, str]) -> JsonObject | None:
    given = values[KEY]
    if given is None:
        return None
    if values[CRDS]:
        _log.warning("%s of the configuration file has no effect: it counts only with %s: false", KEY, CRDS)
        return None
    from otel_operator.cli.static_instrumentation import static_spec  # loads pydantic, which most webhooks do without

    spec, warnings = static_spec(given, images)
    for text in warnings[:_MOST_WARNINGS]:
        _log.warning("configuration file: %s", text)
    return spec
