"""Answers the one question the operator asks: what is wrong with this configuration."""

from collections.abc import Mapping
from typing import Any

from otel_agent.config.document import Decoder, Leniency
from otel_agent.config.problem import ConfigError, Problem, config_error
from otel_agent.config.registry import Registry, installed_registry
from otel_agent.config.yaml_document import MAX_DEPTH

__all__ = ["Problem", "check_config"]


def check_config(raw: Mapping[str, Any], *, known_components: bool = True, registry: Registry | None = None) -> list[Problem]:
    """All problems of a configuration as written, before `${…}` is resolved; an empty list means it is good.

    Values that contain `${…}` are not checked, and neither are rules that need them. With `known_components` False (a
    collector image that is not ours) component types that are not installed here are accepted with any settings.
    """
    try:
        written = {str(key): _as_decoded(value, (str(key),)) for key, value in raw.items()}
    except ConfigError as error:
        return list(error.problems)
    decoder = Decoder(registry or installed_registry(), Leniency(known_components=known_components, references=True))
    decoder.decode(written)
    return [*decoder.problems, *decoder.broken_rules]


def _as_decoded(value: Any, path: tuple[str, ...]) -> Any:
    """Copy as the YAML reader would give it: text keys, lists, bounded depth."""
    if len(path) > MAX_DEPTH:
        raise config_error(f"nested deeper than {MAX_DEPTH} levels", path[:3])
    if isinstance(value, Mapping):
        return {str(key): _as_decoded(item, (*path, str(key))) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_decoded(item, (*path, str(index))) for index, item in enumerate(value)]
    return value
