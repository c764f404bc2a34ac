"""Merging of configuration sources: maps key by key, everything else replaced by the later source."""

from collections.abc import Mapping
from typing import Any

from otel_agent.config.problem import config_error
from otel_agent.config.yaml_document import MAX_DEPTH

_APPENDED = frozenset({"receivers", "exporters", "extensions"})


def merge(base: Mapping[str, Any], over: Mapping[str, Any], *, append_lists: bool = False) -> dict[str, Any]:
    """Merge `over` into a copy of `base`. A null in `over` erases what `base` has.

    With `append_lists` (feature gate confmap.enableMergeAppendOption) service.extensions and the receivers and exporters
    lists below `service` are joined without duplicates instead of replaced.
    """
    return _merge(base, over, (), append_lists)


def _merge(base: Mapping[str, Any], over: Mapping[str, Any], path: tuple[str, ...], append_lists: bool) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        here = (*path, key)
        present = merged.get(key)
        if isinstance(value, Mapping) and isinstance(present, Mapping):
            merged[key] = _merge(present, value, here, append_lists)
        elif append_lists and isinstance(value, list) and isinstance(present, list) and _is_appended(here):
            merged[key] = present + [item for item in value if item not in present]
        else:
            merged[key] = value
    return merged


def _is_appended(path: tuple[str, ...]) -> bool:
    return path[0] == "service" and path[-1] in _APPENDED and (path[-1] != "extensions" or path == ("service", "extensions"))


def unflatten(document: Mapping[str, Any]) -> dict[str, Any]:
    """Turn top-level keys such as `processors::batch::timeout` into nested maps. ConfigError when they go too deep."""
    nested: dict[str, Any] = {}
    for key, value in document.items():
        first, *others = key.split("::")
        if len(others) >= MAX_DEPTH:
            raise config_error(f"nested deeper than {MAX_DEPTH} levels", (first, *others[:2]))
        branch = value
        for part in reversed(others):
            branch = {part: branch}
        nested[first] = merge({first: nested[first]}, {first: branch})[first] if first in nested else branch
    return nested
