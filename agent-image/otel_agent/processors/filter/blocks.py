"""Turns include and exclude blocks into conditions of OTTL: what they say is true of an item that is dropped."""

from collections.abc import Callable, Sequence

from otel_agent.ottl import syntax
from otel_agent.ottl.syntax import Node
from otel_agent.processors.filter.matching import (
    AttributeMatch,
    LibraryMatch,
    LogMatch,
    MatchBlock,
    MatchType,
    MetricMatch,
    SpanMatch,
    severity_number,
)

_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")


def skip(include: MatchBlock | None, exclude: MatchBlock | None, match: Callable[[MatchBlock], Node | None]) -> Node | None:
    """Return the condition that drops what include does not match or exclude does; None where neither says anything."""
    included = None if include is None else match(include)
    excluded = None if exclude is None else match(exclude)
    parts = [node for node in (None if included is None else syntax.Not(1, included), excluded) if node is not None]
    return _joined(syntax.Or, parts) if parts else None


def match_span(block: MatchBlock) -> Node | None:
    """Return what is true of a span that the block matches."""
    assert isinstance(block, SpanMatch)
    service = path("resource", "attributes", key="service.name")
    return _all(
        [
            _one_of(block, service, block.services),
            _one_of(block, path("span", "name"), block.span_names),
            _one_of(block, path("span", "kind", "deprecated_string"), [_kind(kind) for kind in block.span_kinds]),
            *_attributes(block, "span", block.attributes),
            *_attributes(block, "resource", block.resources),
            _any([_library(block, library) for library in block.libraries]),
        ]
    )


def match_metric(block: MatchBlock) -> Node | None:
    """Return what is true of a metric that the block matches by name."""
    assert isinstance(block, MetricMatch)
    return _one_of(block, path("metric", "name"), block.metric_names)


def match_resource_of_metrics(block: MatchBlock) -> Node | None:
    """Return what is true of a resource that the block matches."""
    assert isinstance(block, MetricMatch)
    return _all(_attributes(block, "resource", block.resource_attributes))


def match_log(block: MatchBlock) -> Node | None:
    """Return what is true of a record that the block matches."""
    assert isinstance(block, LogMatch)
    return _all(
        [
            *_attributes(block, "resource", block.resource_attributes),
            *_attributes(block, "log", block.record_attributes),
            _one_of(block, path("log", "severity_text"), block.severity_texts),
            _severity(block),
            _one_of(block, path("log", "body"), block.bodies),
        ]
    )


def path(*names: str, key: str | None = None) -> syntax.Path:
    """Return the node of a path."""
    fields = [syntax.Field(name) for name in names]
    if key is not None:
        fields[-1] = syntax.Field(names[-1], (syntax.Literal(1, key),))
    return syntax.Path(1, tuple(fields))


def _severity(block: LogMatch) -> Node | None:
    if block.severity_number is None:
        return None
    number = path("log", "severity_number")
    undefined = syntax.Comparison(1, "==", number, syntax.Literal(1, 0))
    least = severity_number(block.severity_number.min) or 0
    high = syntax.And(1, (syntax.Not(1, undefined), syntax.Comparison(1, ">=", number, syntax.Literal(1, least))))
    return syntax.Or(1, (undefined, high)) if block.severity_number.match_undefined else high


def _kind(name: str) -> str:
    return f"SPAN_KIND_{name.upper()}" if name.upper() in _KINDS else name


def _library(block: MatchBlock, library: LibraryMatch) -> Node | None:
    name = _matches(block, path("instrumentation_scope", "name"), library.name)
    if library.version is None:
        return name
    return _all([name, _matches(block, path("instrumentation_scope", "version"), library.version)])


def _attributes(block: MatchBlock, level: str, attributes: Sequence[AttributeMatch]) -> list[Node | None]:
    return [_attribute(block, path(level, "attributes", key=attribute.key), attribute.value) for attribute in attributes]


def _attribute(block: MatchBlock, attribute: syntax.Path, value: object) -> Node:
    if value is None:
        return syntax.Comparison(1, "!=", attribute, syntax.Literal(1, None))
    if isinstance(value, str):
        return _matches(block, attribute, value)
    return syntax.Comparison(1, "==", attribute, syntax.Literal(1, value))


def _one_of(block: MatchBlock, target: syntax.Path, texts: Sequence[str]) -> Node | None:
    return _any([_matches(block, target, text) for text in texts])


def _matches(block: MatchBlock, target: syntax.Path, text: str) -> Node:
    literal = syntax.Literal(1, text)
    if block.match_type is MatchType.STRICT:
        return syntax.Comparison(1, "==", target, literal)
    return syntax.Call(1, "IsMatch", (syntax.Argument(target), syntax.Argument(literal)))


def _any(parts: Sequence[Node | None]) -> Node | None:
    found = [part for part in parts if part is not None]
    return _joined(syntax.Or, found) if found else None


def _all(parts: Sequence[Node | None]) -> Node | None:
    found = [part for part in parts if part is not None]
    return _joined(syntax.And, found) if found else None


def _joined(kind: type[syntax.And] | type[syntax.Or], parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else kind(1, tuple(parts))
