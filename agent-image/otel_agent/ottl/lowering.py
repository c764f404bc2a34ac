"""From syntax trees to programs of the kernel (`otel_agent.pdata.program`), for the forms that those have.

What is lowered means the same there as here for every item, and cannot fail; anything else gives None and runs in Python.
"""

from dataclasses import dataclass

from otel_agent.ottl import syntax
from otel_agent.ottl.compiling import Compiler
from otel_agent.ottl.expression import Constant
from otel_agent.ottl.values import Value
from otel_agent.pdata import program

_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ID_SIZES = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
_KEY_EDITS = {
    "delete_key": "delete",
    "delete_matching_keys": "delete_matching",
    "keep_keys": "keep",
    "keep_matching_keys": "keep_matching",
}
_SCALARS = (bool, int, float, str, bytes)


@dataclass(frozen=True, slots=True)
class Lowering:
    """Lowers for one context."""

    compiler: Compiler
    strict: bool = False
    """Whether an item that a statement fails on has to be known of: then forms that pass over such items are not lowered."""

    def condition(self, node: syntax.Node) -> program.Condition | None:
        """Return the condition of a program, None where it has none like it."""
        match node:
            case syntax.And(parts=parts):
                return self._joined("and", parts)
            case syntax.Or(parts=parts):
                return self._joined("or", parts)
            case syntax.Not(part=part):
                inner = self.condition(part)
                return None if inner is None else ("not", inner)
            case syntax.Literal(value=bool(value)):
                return ("and",) if value else ("or",)
            case syntax.Comparison():
                return self._comparison(node)
            case syntax.Call(name="IsMatch", keys=()):
                return self._match(node)
            case syntax.Call(name="IsRootSpan", arguments=(), keys=()):
                return _id_equals(("span", "parent_span_id"), bytes(8))
        return None

    def statement(self, node: syntax.Statement) -> program.Step | None:
        """Return the step of a program, None where it has none like it."""
        condition = None
        if node.condition is not None:
            condition = self.condition(node.condition)
            if condition is None:
                return None
        edit = self._edit(node.editor)
        return None if edit is None else (edit, condition)

    def _joined(self, operator: str, parts: tuple[syntax.Node, ...]) -> program.Condition | None:
        lowered = [self.condition(part) for part in parts]
        return None if None in lowered else (operator, *lowered)

    def _comparison(self, node: syntax.Comparison) -> program.Condition | None:
        left, right, operator = node.left, node.right, node.operator
        if not isinstance(left, syntax.Path):
            left, right, operator = right, left, _FLIPPED[operator]
        if not isinstance(left, syntax.Path):
            return None
        path = self._path(left)
        if path is None:
            return None
        if isinstance(right, syntax.Path):
            return _both(path, operator, self._path(right))
        get = self.compiler.value(right)
        if not isinstance(get, Constant):
            return None
        return _compared(path, operator, get.value)

    def _match(self, node: syntax.Call) -> program.Condition | None:
        if len(node.arguments) != 2 or any(argument.name for argument in node.arguments):
            return None
        target, pattern = (argument.value for argument in node.arguments)
        path = self._path(target) if isinstance(target, syntax.Path) else None
        if path is None or path[1] in _ID_SIZES or not isinstance(pattern, syntax.Literal) or not isinstance(pattern.value, str):
            return None
        return ("matches" if path[-1] in program.TEXT_FIELDS and len(path) == 2 else "like", path, pattern.value)

    def _edit(self, call: syntax.Call) -> program.Edit | None:
        arguments = [argument.value for argument in call.arguments]
        if any(argument.name for argument in call.arguments) or len(arguments) != 2:
            return None
        target, operand = arguments
        if not isinstance(target, syntax.Path):
            return None
        if call.name == "set":
            return self._set(target, operand)
        edit = _KEY_EDITS.get(call.name)
        if edit is None or not self._is_own_attributes(target):
            return None
        get = self.compiler.value(operand)
        if not isinstance(get, Constant):
            return None
        wanted = _is_list_of_text(get.value) if edit == "keep" else isinstance(get.value, str)
        return (edit, get.value) if wanted else None

    def _set(self, target: syntax.Path, operand: syntax.Node) -> program.Edit | None:
        path = self._path(target)
        if path is None or path[0] != self.compiler.context.name:
            return None
        source = self._source(operand)
        if source is None:
            return None
        if path[1] == "attributes":
            return ("upsert", path[2], source)
        return ("assign", path[1], source) if path[1] in program.ASSIGNABLE and self._fits(path[1], source) else None

    def _source(self, operand: syntax.Node) -> tuple[str, Value] | None:
        if isinstance(operand, syntax.Path):
            path = self._path(operand)
            # A body may be a map, which a program does not take from there.
            return None if path is None or path[1] in _ID_SIZES or path[1] == "body" else ("from", path)
        get = self.compiler.value(operand)
        if isinstance(get, Constant) and get.value is not None and _is_plain(get.value):
            return ("value", get.value)
        return None

    def _fits(self, field: str, source: tuple[str, Value]) -> bool:
        """Whether a field takes what the source has; from an attribute that is for the program to see."""
        kind, what = source
        if kind == "value":
            return type(what) is (str if field in program.TEXT_FIELDS else int)
        if what[1] == "attributes":
            return not self.strict
        return (what[1] in program.TEXT_FIELDS) == (field in program.TEXT_FIELDS)

    def _is_own_attributes(self, path: syntax.Path) -> bool:
        prefix, fields = self.compiler.context.split(path)
        return prefix == self.compiler.context.name and len(fields) == 1 and fields[0].name == "attributes" and not fields[0].keys

    def _path(self, path: syntax.Path) -> program.Path | None:
        if path.fields[0].name == "otelcol":
            return None
        prefix, fields = self.compiler.context.split(path)
        level = "scope" if prefix == "instrumentation_scope" else prefix
        keys = [key for field in fields for key in field.keys]
        if fields[0].name == "attributes" and len(fields) == 1 and level != "metric":
            key = keys[0] if len(keys) == 1 else None
            return (level, "attributes", key.value) if isinstance(key, syntax.Literal) and isinstance(key.value, str) else None
        name = ".".join(field.name for field in fields)
        return (level, name) if not keys and name in program.FIELDS[level] else None


def _compared(path: program.Path, operator: str, value: Value) -> program.Condition | None:
    if path[1] in _ID_SIZES:
        if operator not in ("==", "!=") or not isinstance(value, bytes):
            return None
        equal = _id_equals(path, value)
        return equal if operator == "==" else ("not", equal)
    if value is None:
        return (operator, path, None) if operator in ("==", "!=") else None
    return (operator, path, value) if isinstance(value, _SCALARS) else None


def _id_equals(path: program.Path, value: bytes) -> program.Condition:
    """Compare an id: one that is not there is one of zeros."""
    equal: program.Condition = ("==", path, value)
    return equal if value != bytes(_ID_SIZES[path[1]]) else ("or", equal, ("==", path, b""))


def _both(path: program.Path, operator: str, other: program.Path | None) -> program.Condition | None:
    """Compare two paths: programs do not look into lists and maps, so that one of the two may not hold any."""
    if other is None or path[1] in _ID_SIZES or other[1] in _ID_SIZES:
        return None
    if operator in ("==", "!=") and all(one[1] in ("attributes", "body") for one in (path, other)):
        return None
    if operator in ("<=", ">="):  # nil is not below nil, but equals it
        return ("or", (operator[0], path, other), ("==", path, other)) if _never_nil(path) or _never_nil(other) else None
    return (operator, path, other)


def _never_nil(path: program.Path) -> bool:
    return path[1] not in ("attributes", "body")


def _is_list_of_text(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(member, str) for member in value)


def _is_plain(value: Value) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return isinstance(value, _SCALARS)
