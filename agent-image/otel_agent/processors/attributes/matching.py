"""The blocks `include` and `exclude` as a condition of a kernel program."""

from collections.abc import Sequence
from typing import Any

from otel_agent.config.blocks.match_properties import SPAN_KINDS, MatchedAttribute, MatchProperties
from otel_agent.pdata.patterns import compile_pattern
from otel_agent.pdata.program import Condition, Path
from otel_agent.pdata.telemetry import Signal

_NO_SERVICE = "<nil-service-name>"
"""What the Go collector takes as the service of a resource without service.name."""


def compile_choice(signal: Signal, include: MatchProperties | None, exclude: MatchProperties | None) -> Condition | None:
    """Return the condition that what is to be edited meets; None for everything. ValueError for what the signal does not have."""
    parts: list[Condition] = []
    if include is not None:
        parts.append(compile_properties(signal, include))
    if exclude is not None:
        parts.append(("not", compile_properties(signal, exclude)))
    return ("and", *parts) if parts else None


def compile_properties(signal: Signal, properties: MatchProperties) -> Condition:
    """Return the condition of one block."""
    properties.check_signal(signal)
    regexp = properties.match_type == "regexp"
    parts: list[Condition] = []
    if properties.services:
        parts.append(_service(properties.services, regexp))
    if properties.span_names:
        parts.append(_any_text(("span", "name"), properties.span_names, regexp))
    if properties.span_kinds:
        parts.append(_kind(properties.span_kinds, regexp))
    if properties.metric_names:
        parts.append(_any_text(("metric", "name"), properties.metric_names, regexp))
    if properties.log_bodies:
        parts.append(_body(properties.log_bodies, regexp))
    if properties.log_severity_texts:
        parts.append(_any_text(("log", "severity_text"), properties.log_severity_texts, regexp))
    if (severity := properties.log_severity_number) is not None:
        at_least = (">=", ("log", "severity_number"), severity.min)
        undefined = ("==", ("log", "severity_number"), 0)
        parts.append(("or", undefined, at_least) if severity.match_undefined else ("and", ("not", undefined), at_least))
    for library in properties.libraries:
        parts.append(_text(("scope", "name"), library.name, regexp))
        if library.version is not None:
            parts.append(_text(("scope", "version"), library.version, regexp))
    level = "span" if signal is Signal.TRACES else "log"
    parts += _attributes("resource", properties.resources, regexp)
    parts += _attributes(level, properties.attributes, regexp)
    return ("and", *parts)


def _text(path: Path, expected: str, regexp: bool) -> Condition:
    return ("matches", path, expected) if regexp else ("is", path, expected)


def _any_text(path: Path, expected: Sequence[str], regexp: bool) -> Condition:
    return ("or", *(_text(path, text, regexp) for text in expected))


def _finds(expected: Sequence[str], regexp: bool, text: str) -> bool:
    """Whether a text that is known now matches."""
    return any(compile_pattern(pattern).search(text) for pattern in expected) if regexp else text in expected


def _service(services: Sequence[str], regexp: bool) -> Condition:
    path = ("resource", "attributes", "service.name")
    named = [("text_matches", path, pattern) if regexp else ("is", path, pattern) for pattern in services]
    unnamed = [("not", ("exists", path))] if _finds(services, regexp, _NO_SERVICE) else []
    return ("or", *named, *unnamed)


def _kind(kinds: Sequence[str], regexp: bool) -> Condition:
    path = ("span", "kind")
    named = [("==", path, number) for number, name in enumerate(SPAN_KINDS) if _finds(kinds, regexp, name)]
    unknown = [("<", path, 0), (">=", path, len(SPAN_KINDS))] if _finds(kinds, regexp, "") else []
    return ("or", *named, *unknown)


def _body(bodies: Sequence[str], regexp: bool) -> Condition:
    path = ("log", "body")
    parts: list[Condition] = [("text_matches", path, text) if regexp else ("is", path, text) for text in bodies]
    if _finds(bodies, regexp, ""):
        parts.append(("==", path, None))  # a body that is not there reads as empty text
    return ("or", *parts)


def _attributes(level: str, attributes: Sequence[MatchedAttribute], regexp: bool) -> list[Condition]:
    return [_attribute((level, "attributes", entry.key), entry.value, regexp) for entry in attributes]


def _attribute(path: Path, value: Any, regexp: bool) -> Condition:
    if value is None:
        return ("exists", path)
    if isinstance(value, list | dict):
        raise ValueError(f'the value of "{path[2]}" is a list or a map; match text, numbers or booleans')
    return ("text_matches", path, value) if regexp else ("is", path, value)
