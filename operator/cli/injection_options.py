"""Options of auto-instrumentation, the same for every program that decides about it (spec: instrumentation §1.5)."""

from typing import Any

from otel_operator.cli.sources import Option, boolean
from otel_operator.settings import InjectionSettings

_DEFAULTS = InjectionSettings()
_MULTI = "enable-multi-instrumentation"


def _switch(feature: str) -> str:
    return f"enable-{feature}-instrumentation"


def _image(feature: str) -> str:
    return f"auto-instrumentation-{feature}-image"


def _constant(feature: str) -> str:
    return feature.upper().replace("-", "_")


INJECTION_OPTIONS = (
    *(
        Option(
            _switch(feature),
            f"ENABLE_{_constant(feature)}_AUTO_INSTRUMENTATION",
            feature in _DEFAULTS.enabled_languages,
            boolean,
            f"inject {feature} auto-instrumentation",
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
        )
        for feature, image in _DEFAULTS.images.items()
    ),
)


def injection_settings(values: dict[str, Any]) -> InjectionSettings:
    """Return the settings that these option values say."""
    return InjectionSettings(
        images={feature: values[_image(feature)] for feature in _DEFAULTS.images},
        enabled_languages=frozenset(feature for feature in _DEFAULTS.images if values[_switch(feature)]),
        multi_instrumentation=values[_MULTI],
    )
