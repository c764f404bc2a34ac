"""Finds in the sources where metrics are registered, and under which names.

Names are often put together. What can be told from the code is written out: constants, what loops go over, the values of a
mapping. What cannot (a word that only the running program knows) becomes `*`. A registration whose name is a parameter belongs
to the callers of its function; `FORWARDS` says which functions do that, and any other one is an error, so that none is missed.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

METHODS = {"counter": "counter", "gauge": "gauge", "histogram": "histogram", "observe": "gauge", "_family": "counter"}
"""Of `otel_agent.telemetry.metrics.SelfMetrics`."""
CLASSES = {
    "Counter": "counter",
    "Gauge": "gauge",
    "Histogram": "histogram",
    "GaugeMetricFamily": "gauge",
    "CounterMetricFamily": "counter",
}
"""Of prometheus_client."""
FORWARDS = dict.fromkeys((*METHODS, "_items", "_counter", "_gauge", "_histogram", "_observe"), ("",)) | {"sizes": ("", "_bytes")}
"""Functions to which callers give the name of a metric, whole or without a prefix, with the endings that they add to it."""
RENDERERS = frozenset(
    {"exporters.prometheus.text", "exporters.prometheus.protobuf", "telemetry.exposition", "exposition.protobuf", "ottl.walk"}
)
"""Ends of the names of modules that write metrics of others and register none."""
ANYTHING = "*"
_MOST = 200
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Registration:
    """One metric, or several where the name has `*`."""

    name: str
    kind: str
    help: str
    place: str
    """Module that registers it."""


class UnreadableRegistration(Exception):
    """The name at a place in the sources cannot be told."""


def registrations(folder: Path, package: str, names: Mapping[str, str]) -> list[Registration]:
    """Return what the modules of `package` below `folder` register by calling one of `names`, which say the kind."""
    found: dict[str, Registration] = {}
    for path in sorted(folder.rglob("*.py")):
        module = ".".join((package, *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__")
        text = path.read_text()
        if names is METHODS or "prometheus_client" in text:
            for registration in _Reader(module, names).read(ast.parse(text)):
                found.setdefault(registration.name, registration)
    return [found[name] for name in sorted(found)]


@dataclass(slots=True)
class _Reader:
    module: str
    names: Mapping[str, str]
    known: dict[str, list[ast.expr]] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)

    def read(self, tree: ast.Module) -> Iterator[Registration]:
        if self.module.endswith(tuple(RENDERERS)):
            return
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        inside = {id(child): function for function in functions for child in ast.walk(function)}  # the innermost comes last
        attributes = {name: values for name, values in _words_of(tree).items() if name.startswith("self.")}
        words: dict[int, dict[str, list[ast.expr]]] = {}
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) > 1]
        # What puts a prefix before a name comes first: its callers' names are completed with it.
        for call in sorted(calls, key=lambda call: isinstance(call.args[0], ast.Constant | ast.JoinedStr)):
            function = inside.get(id(call))
            scope: ast.AST = function or tree
            if id(scope) not in words:
                words[id(scope)] = attributes | _words_of(scope)
            self.known = words[id(scope)]
            kind = self._kind(call.func)
            if kind is not None:
                if any(word.arg == "kind" for word in call.keywords) or _called(call.func) == "_family":
                    kind = "counter"  # what is read at a scrape is a gauge unless it says otherwise
                yield from self._registered(call, kind, function)

    def _kind(self, func: ast.expr) -> str | None:
        name = _called(func)
        if name in self.names:
            return self.names[name]
        for value in self.known.get(name, ()) if isinstance(func, ast.Name) else ():
            if isinstance(value, ast.Attribute) and value.attr in self.names:  # count = metrics.counter
                return self.names[value.attr]
        if name not in FORWARDS or "counter" not in self.names:
            return None
        return self.names.get(name.lstrip("_"), "histogram" if name == "sizes" else "counter")

    def _registered(
        self, call: ast.Call, kind: str, function: ast.FunctionDef | ast.AsyncFunctionDef | None
    ) -> Iterator[Registration]:
        called = _called(call.func)
        arguments = call.args[1:] if called == "_items" else call.args  # after the signal
        first = arguments[0]
        if function is not None and function.name in FORWARDS and {a.arg for a in function.args.args} & _names_in(first):
            if isinstance(first, ast.BinOp):
                (self.prefixes[function.name],) = self._texts(first.left)
            return
        prefix, endings = self.prefixes.get(called, ""), FORWARDS.get(called, ("",))
        names = [prefix + text + ending for text in self._texts(first) for ending in endings]
        if ANYTHING in names:
            raise UnreadableRegistration(f"{self.module}:{call.lineno}: the name {ast.unparse(first)!r} cannot be told")
        helps = self._texts(arguments[2 if called == "_family" else 1])  # the kind comes before it
        for number, name in enumerate(names):
            yield Registration(name, kind, helps[number if len(helps) == len(names) else 0], self.module)

    def _texts(self, node: ast.expr, depth: int = 0) -> list[str]:
        """Return all values that a text may have; `*` stands for what is not known."""
        if depth > _DEEPEST:
            return [ANYTHING]
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=parts):
                return _joined([self._texts(part, depth + 1) for part in parts])
            case ast.FormattedValue(value=inner):
                return self._texts(inner, depth + 1)
            case ast.BinOp(left=left, right=right):
                return _joined([self._texts(left, depth + 1), self._texts(right, depth + 1)])
            case ast.Name(id=name) if name in self.known:
                texts = dict.fromkeys(text for value in self.known[name] for text in self._texts(value, depth + 1))
                # A name that is used twice in a function may be something else the other time.
                return [text for text in texts if text != ANYTHING] or [ANYTHING]
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if f"self.{name}" in self.known:
                return [text for value in self.known[f"self.{name}"] for text in self._texts(value, depth + 1)]
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                return _texts_of(getattr(import_module(self.module), name, None))
        return [ANYTHING]


def _joined(parts: list[list[str]]) -> list[str]:
    every = ["".join(words) for words in product(*parts)]
    return every if len(every) <= _MOST else [ANYTHING]


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _texts_of(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping) and value and all(isinstance(text, str) for text in value.values()):
        return list(dict.fromkeys(value.values()))
    return [ANYTHING]


def _names_in(node: ast.expr) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _words_of(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what names and attributes stand for where assignments and loops over literals say it."""
    known: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(target, [node.value], known)
        elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Tuple | ast.List):
            _bind(node.target, node.iter.elts, known)
    return known


def _bind(target: ast.expr, values: list[ast.expr], known: dict[str, list[ast.expr]]) -> None:
    if isinstance(target, ast.Name | ast.Attribute):
        known.setdefault(ast.unparse(target), []).extend(values)
    elif isinstance(target, ast.Tuple):
        rows = [value.elts for value in values if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)]
        for number, element in enumerate(target.elts if rows else ()):
            _bind(element, [row[number] for row in rows], known)
