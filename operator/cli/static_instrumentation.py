"""Reads the key `instrumentations` of the configuration file: one Instrumentation, for operators without its CRD."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from otel_operator.api.instrumentation import InstrumentationSpec
from otel_operator.api.instrumentation_rules import validate_instrumentation
from otel_operator.cli.injection_options import KEY
from otel_operator.errors import ConfigError
from otel_operator.json_types import JsonObject

_KEYS = ("apiVersion", "kind", "metadata", "spec")


def static_spec(value: Any, images: Mapping[str, str]) -> tuple[JsonObject, list[str]]:
    """Return the spec and what to warn of; `images` are the operator's default images by feature.

    Raises ConfigError, with the path of each mistake, for what admission would refuse.
    """
    if not isinstance(value, dict) or not isinstance(value.get("spec"), dict):
        raise ConfigError(f"{KEY}: must be one Instrumentation, a mapping with `spec`, not {_kind(value)}")
    try:
        spec = InstrumentationSpec.model_validate(value["spec"])
    except ValidationError as error:
        found = [f"{_path('spec', item['loc'])}: {item['msg']}" for item in error.errors()]
        raise ConfigError("; ".join(f"{KEY}.{text}" for text in found)) from error
    verdict = validate_instrumentation(value, images)
    if verdict.errors:
        raise ConfigError("; ".join(f"{KEY}.{found}" for found in verdict.errors))
    unknown = [*(key for key in value if key not in _KEYS), *_unknown(spec, "spec")]
    texts = [f"{path}: is no field of an Instrumentation; it has no effect" for path in unknown]
    return value["spec"], [f"{KEY}.{text}" for text in (*texts, *map(str, verdict.warnings))]


def _unknown(model: BaseModel, path: str) -> Iterator[str]:
    for name in model.model_extra or ():
        yield f"{path}.{name}"
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _unknown(value, f"{path}.{info.alias or name}")


def _path(start: str, location: Sequence[object]) -> str:
    return ".".join(map(str, (start, *location)))


def _kind(value: Any) -> str:
    return "a mapping without it" if isinstance(value, dict) else f"a {type(value).__name__}"
