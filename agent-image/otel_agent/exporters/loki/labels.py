"""The labels of an entry: those by default, and those that hints ask for. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache

from otel_agent.exporters.loki.config import DefaultLabels
from otel_agent.exporters.loki.hints import ATTRIBUTE_LABELS, RESOURCE_LABELS, TENANT, Attributes, look_up, names_in
from otel_agent.pdata.any_value import text

EXPORTER_LABEL = "OTLP"

_SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_OTHER_THAN_WORD = re.compile(r"[^A-Za-z0-9_]")
_MAX_NAMES = 4096
"""Names whose normalized spelling is kept."""
_MAX_NAME = 1024
"""Bytes of a label name that Loki takes by default."""

Labels = dict[str, str]
"""Values by the attributes' own names, or by normalized ones."""


def level_of(severity_number: int) -> str:
    """Return the level that a severity number stands for, such as INFO or ERROR3; empty for none."""
    if not 1 <= severity_number <= 24:
        return ""
    word, step = divmod(severity_number - 1, 4)
    return f"{_SEVERITIES[word]}{step + 1 if step else ''}"


def raw_labels(record: Attributes, resource: Attributes, common: Labels, severity_number: int, enabled: DefaultLabels) -> Labels:
    """Return labels by the names of their attributes; `common` is what `resource_labels` says of the resource."""
    found = dict(common)
    if (hint := record.get(RESOURCE_LABELS)) is not None:
        found |= _selected(resource, names_in(hint))
    if (hint := record.get(ATTRIBUTE_LABELS)) is not None:
        found |= _selected(record, names_in(hint))
    if enabled.level and severity_number:
        given = record.get("level")
        level = level_of(severity_number) if given is None else text(given)
        found["level"] = level
    if (hint := resource.get(TENANT)) is not None:
        found |= _selected(resource, names_in(hint))
    elif (hint := record.get(TENANT)) is not None:
        found |= _selected(record, names_in(hint))
    return found


def resource_labels(resource: Attributes, enabled: DefaultLabels) -> Labels:
    """Return what all records of a resource have in common."""
    found: Labels = {}
    if enabled.exporter:
        found["exporter"] = EXPORTER_LABEL
    if enabled.job and (name := resource.get("service.name")) is not None:
        namespace = resource.get("service.namespace")
        found["job"] = f"{text(namespace)}/{text(name)}" if namespace is not None else text(name)
    if enabled.instance and (instance := resource.get("service.instance.id")) is not None:
        found["instance"] = text(instance)
    if (hint := resource.get(RESOURCE_LABELS)) is not None:
        found |= _selected(resource, names_in(hint))
    return found


def normalized(labels: Labels) -> Labels:
    """Return labels by names that Loki takes; empty values are no labels. Of names that become equal, the last counts."""
    return {_normalized_name(name): value for name, value in labels.items() if name and value}


def selector(labels: Labels) -> str:
    """Return the text that identifies a stream: `{job="shop", level="INFO"}`, sorted by name."""
    return "{" + ", ".join(f"{name}={quoted(labels[name])}" for name in sorted(labels)) + "}"


def quoted(value: str) -> str:
    """Return a string literal as Loki's parser reads it (Go's rules): printable text as it is, the rest escaped."""
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _selected(attributes: Attributes, names: Iterable[str]) -> Labels:
    values = ((name, look_up(attributes, name)) for name in names)
    return {name: text(value) for name, value in values if value is not None}


@lru_cache(maxsize=_MAX_NAMES)
def _normalized_name(name: str) -> str:
    """Follow Prometheus: other characters become underscores; `key_` before a digit, `key` before a single underscore."""
    label = _OTHER_THAN_WORD.sub("_", name)[:_MAX_NAME]
    if label[0].isdigit():
        return f"key_{label}"
    return f"key{label}" if label.startswith("_") and not label.startswith("__") else label


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
