"""Filters over names, and over the values of resource attributes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from otel_agent.config.blocks.name_filters import AttributeFilter, NameFilter
from otel_agent.config.blocks.scraping import ResourceAttributeConfig
from otel_agent.pdata.patterns import compile_pattern

Chosen = Callable[[str], bool]


def compile_names(include: NameFilter | None, exclude: NameFilter | None) -> Chosen:
    """Return whether a name is included, where there are names for it, and not excluded. ValueError for an invalid pattern."""
    wanted, unwanted = _names(include), _names(exclude)
    return lambda name: (wanted is None or wanted(name)) and not (unwanted is not None and unwanted(name))


def _names(names: NameFilter | None) -> Chosen | None:
    if names is None or not names.names_matched:
        return None
    if names.match_type == "strict":
        return frozenset(names.names_matched).__contains__
    patterns = [compile_pattern(pattern) for pattern in names.names_matched]
    return lambda name: any(pattern.search(name) for pattern in patterns)


def compile_resources(attributes: Mapping[str, ResourceAttributeConfig]) -> Callable[[Mapping[str, Any]], bool]:
    """Return whether a resource with such attributes is reported: by all filters on attributes that it has."""
    filters = [
        (name, _values(config.metrics_include), _values(config.metrics_exclude))
        for name, config in attributes.items()
        if config.metrics_include or config.metrics_exclude
    ]

    def reported(resource: Mapping[str, Any]) -> bool:
        for name, include, exclude in filters:
            if name not in resource:
                continue
            text = str(resource[name])
            if (include is not None and not include(text)) or (exclude is not None and exclude(text)):
                return False
        return True

    return reported


def _values(filters: Sequence[AttributeFilter]) -> Chosen | None:
    if not filters:
        return None
    texts = frozenset(str(entry.strict) for entry in filters if entry.strict is not None)
    patterns = [compile_pattern(entry.regexp) for entry in filters if entry.regexp is not None]
    return lambda text: text in texts or any(pattern.search(text) for pattern in patterns)
