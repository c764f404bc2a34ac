"""Which values statements read and change: for statements that can do with those instead of decoded messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from otel_agent.ottl import syntax
from otel_agent.ottl.contexts.context import Context
from otel_agent.ottl.function import Function
from otel_agent.ottl.inference import children
from otel_agent.pdata import program

AROUND = {"span": "", "spanevent": "span", "datapoint": "metric", "log": ""}
"""The contexts that have columns, and the level between them and the scope."""

_DERIVED = {
    **{f"{name}.string": name for name in ("trace_id", "span_id", "parent_span_id", "kind", "body")},
    "kind.deprecated_string": "kind",
    **{name: f"{name}_unix_nano" for name in ("start_time", "end_time", "time", "observed_time")},
}
"""Paths that show a field in another form."""


@dataclass(slots=True)
class Columns:
    """What is read of the items and of what is above them, and which fields of the items are assigned."""

    context: str
    outer: list[program.Path] = field(default_factory=list)
    """Of resource and scope; `(level, "attributes")` is all attributes."""
    keys: list[str] = field(default_factory=list)
    whole: bool = False
    """All attributes of the item are read or changed, not only those with the keys."""
    fields: list[program.Path] = field(default_factory=list)
    """Of the item, and of the span or metric around it."""
    assigned: list[program.Path] = field(default_factory=list)
    """Which of the fields are assigned."""


def columns_of(
    context: Context,
    statements: Sequence[syntax.Statement],
    conditions: Sequence[syntax.Node],
    functions: Mapping[str, Function],
    editors: frozenset[str],
) -> Columns | None:
    """Return what they need; None where something of it has no column.

    `editors` are those whose first argument is their target and that do nothing but read and set it.
    """
    if context.name not in AROUND:
        return None
    reading = _Reading(context, functions, Columns(context.name))
    for statement in statements:
        call = statement.editor
        if call.name not in editors or not reading.target(call):
            return None
        nodes = [argument.value for argument in call.arguments]
        if statement.condition is not None:
            nodes.append(statement.condition)
        if not all(reading.node(node, frozenset()) for node in nodes):
            return None
    return reading.columns if all(reading.node(condition, frozenset()) for condition in conditions) else None


@dataclass(slots=True)
class _Reading:
    context: Context
    functions: Mapping[str, Function]
    columns: Columns

    def target(self, call: syntax.Call) -> bool:
        """Whether what the call changes has a column that can be set."""
        path = next((one.value for one in call.arguments if one.name in (None, "target")), None)
        if not isinstance(path, syntax.Path) or path.fields[0].name == "otelcol":
            return False
        prefix, fields = self.context.split(path)
        if fields[0].name == "cache":
            return True
        if prefix != self.context.name:
            return False
        if fields[0].name == "attributes":
            return True
        name = _base(fields)
        if name not in (*program.ASSIGNABLE, "body"):
            return False
        _add(self.columns.assigned, (prefix, name))
        _add(self.columns.fields, (prefix, name))
        return True

    def node(self, node: syntax.Node, parameters: frozenset[str]) -> bool:
        """Whether everything that the node reads has a column; notes it."""
        if isinstance(node, syntax.Path) and node.fields[0].name not in parameters and not self._path(node):
            return False
        if isinstance(node, syntax.Call) and (function := self.functions.get(node.name)) is not None and function.takes_item:
            return False
        if isinstance(node, syntax.Lambda):
            parameters |= set(node.parameters)
        return all(self.node(part, parameters) for part in children(node))

    def _path(self, path: syntax.Path) -> bool:
        if path.fields[0].name == "otelcol":
            return True
        prefix, fields = self.context.split(path)
        if fields[0].name == "cache":
            return True
        level = "scope" if prefix == "instrumentation_scope" else prefix
        if fields[0].name == "attributes":
            return self._attribute(level, fields[0].keys)
        found, name = self.columns, _base(fields)
        if name not in program.FIELDS[level] or level == "resource":
            return False
        _add(found.outer if level == "scope" else found.fields, (level, name))
        return True

    def _attribute(self, level: str, keys: Sequence[syntax.Node]) -> bool:
        found = self.columns
        key = keys[0].value if keys and isinstance(keys[0], syntax.Literal) and isinstance(keys[0].value, str) else None
        if level in ("resource", "scope"):
            _add(found.outer, (level, "attributes") if key is None else (level, "attributes", key))
        elif level != self.context.name:
            return False
        elif key is None:
            found.whole = True
        else:
            _add(found.keys, key)
        return True


def _base(fields: Sequence[syntax.Field]) -> str:
    name = ".".join(step.name for step in fields)
    return _DERIVED.get(name, name)


def _add(known: list[Any], one: Any) -> None:
    if one not in known:
        known.append(one)
