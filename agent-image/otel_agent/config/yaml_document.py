"""Reads YAML documents the way Go's yaml.v3 does, within bounds of size, depth and alias expansion.

Built on libyaml's events instead of PyYAML's constructors: those recurse (deep nesting crashes the process), accept
duplicate keys and resolve scalars by YAML 1.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from otel_agent.config.yaml_scalars import resolve_plain, resolve_tagged

MAX_TEXT = 16 * 1024 * 1024
"""Characters of one document."""
MAX_DEPTH = 100
MAX_NODES = 1_000_000
"""Nodes of one document, those that aliases repeat included."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "<<"


class YamlError(ValueError):
    """Text that is not usable YAML; line and column count from 1, 0 when unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}, column {column}: {message}" if line else message)
        self.line = line
        self.column = column


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not been read."""

    value: Any
    anchor: str | None
    weight: int = 1
    key: str | None = None
    merged: list[Any] = field(default_factory=list)
    merging: bool = False


class _Builder:
    def __init__(self) -> None:
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.result: Any = None

    def feed(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise _error(event, f'alias "*{event.anchor}" has no complete anchor before it')
            self._add(event, *self.anchors[event.anchor])
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(self.open) >= MAX_DEPTH:
                raise _error(event, f"nested deeper than {MAX_DEPTH} levels")
            self.open.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = self.open.pop()
            _apply_merges(event, done)
            self._finish(event, done.anchor, done.value, done.weight)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        parent = self.open[-1] if self.open else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None and not parent.merging:
            self._key(event, parent)
            return
        try:
            value = _scalar_value(event)
        except ValueError as error:
            raise _error(event, str(error)) from None
        self._finish(event, event.anchor, value, 1)

    def _key(self, event: yaml.ScalarEvent, parent: _Open) -> None:
        if event.value == _MERGE and event.implicit[0]:
            parent.merging = True
        elif event.value in parent.value:
            raise _error(event, f'duplicate key "{event.value}"')
        else:
            parent.key = event.value
            if event.anchor:
                self.anchors[event.anchor] = (event.value, 1)

    def _finish(self, event: yaml.Event, anchor: str | None, value: Any, weight: int) -> None:
        if anchor:
            self.anchors[anchor] = (value, weight)
        self._add(event, value, weight)

    def _add(self, event: yaml.Event, value: Any, weight: int) -> None:
        if not self.open:
            self.result = value
            return
        parent = self.open[-1]
        parent.weight += weight
        if parent.weight > MAX_NODES:
            raise _error(event, f"more than {MAX_NODES} values, those that aliases repeat included")
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.merging:
            parent.merged.append(value)
            parent.merging = False
        elif parent.key is not None:
            parent.value[parent.key] = value
            parent.key = None
        else:
            raise _error(event, "a key must be a scalar")


def _scalar_value(event: yaml.ScalarEvent) -> Any:
    if event.tag is not None and event.tag != "!":
        return resolve_tagged(event.value, event.tag)
    return resolve_plain(event.value) if event.implicit[0] else event.value


def _apply_merges(event: yaml.Event, done: _Open) -> None:
    """Fill in the maps behind `<<`; the map's own keys win, and an earlier merge wins over a later."""
    for merged in done.merged:
        for source in merged if isinstance(merged, list) else [merged]:
            if not isinstance(source, dict):
                raise _error(event, "a merge key (<<) needs a map or a list of maps")
            for key, value in source.items():
                done.value.setdefault(key, value)


def _error(event: yaml.Event, message: str) -> YamlError:
    mark: Any = event.start_mark
    return YamlError(message, mark.line + 1, mark.column + 1)


def parse_yaml(text: str) -> Any:
    """Value of the first document of `text` (None when empty); keys are always strings. Raises YamlError.

    Maps and lists that aliases repeat are one object: treat the result as read-only.
    """
    return next((value for _, value in parse_documents(text)), None)


def parse_documents(text: str) -> Iterator[tuple[int, Any]]:
    """Yield the line where each document's value begins, from 1, and that value (None when empty), as `parse_yaml` reads it."""
    if len(text) > MAX_TEXT:
        raise YamlError(f"longer than {MAX_TEXT} characters")
    builder, line = _Builder(), 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentEndEvent):
                yield line, builder.result
                builder, line = _Builder(), 0
                continue
            if isinstance(event, yaml.NodeEvent) and not line:
                mark: Any = event.start_mark
                line = mark.line + 1
            builder.feed(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "invalid YAML"
        raise (YamlError(problem, mark.line + 1, mark.column + 1) if mark else YamlError(problem)) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error).replace("\n", " ")) from None
    except UnicodeEncodeError:
        raise YamlError("contains characters that are not text (lone surrogates)") from None
