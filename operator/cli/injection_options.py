"""Options of auto-instrumentation, the same for every program that decides about it (spec: instrumentation §1.5)."""

from typing import Any

from otel_operator.cli.sources import Option, boolean
from otel_operator.settings import DEFAULT_IMAGES, OFF_BY_DEFAULT, InjectionSettings

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
            feature not in OFF_BY_DEFAULT,
            boolean,
            f"inject {feature} auto-instrumentation",
        )
        for feature in DEFAULT_IMAGES
    ),
    Option(_MULTI, "ENABLE_MULTI_INSTRUMENTATION", True, boolean, "allow several languages in one pod"),
    *(
        Option(
            _image(feature),
            f"RELATED_IMAGE_AUTO_INSTRUMENTATION_{_constant(feature)}",
            image,
            str,
            f"image of the {feature} agent where the Instrumentation names none",
        )
        for feature, image in DEFAULT_IMAGES.items()
    ),
)


def injection_settings(values: dict[str, Any]) -> InjectionSettings:
    """Return the settings that these option values say."""
    return InjectionSettings(
        images={feature: values[_image(feature)] for feature in DEFAULT_IMAGES},
        enabled=frozenset(feature for feature in DEFAULT_IMAGES if values[_switch(feature)]),
        multi=values[_MULTI],
    )
