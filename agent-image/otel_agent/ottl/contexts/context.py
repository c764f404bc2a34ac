"""The contexts, and how a path finds its accessor in one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from otel_agent.ottl import syntax
from otel_agent.ottl.contexts import common, logs, maps, metrics, request, spans
from otel_agent.ottl.contexts.maps import Keys
from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.function import Accessor


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the messages that a context sees."""

    slot: str
    fields: Mapping[str, Accessor]
    attributes: str = "attributes"
    """What the layer calls its attributes."""


@dataclass(frozen=True, slots=True)
class Context:
    """A context: its name, the layers it sees by the names that paths begin with, and its symbols."""

    name: str
    layers: Mapping[str, Layer]
    enums: Mapping[str, int]

    @property
    def own(self) -> Layer:
        """The layer of what the context is about."""
        return self.layers[self.name]

    def enum(self, node: syntax.Enum) -> int:
        """Return what a symbol stands for."""
        if node.name not in self.enums:
            known = f"; known: {', '.join(sorted(self.enums))}" if self.enums else ""
            raise OttlError(node.column, f"unknown symbol {node.name} in the {self.name} context{known}")
        return self.enums[node.name]

    def accessor(self, path: syntax.Path, resolve: Callable[[tuple[syntax.Node, ...]], Keys]) -> Accessor:
        """Return what reads and sets a path; OttlError for one that the context does not have."""
        if path.fields[0].name == "otelcol":
            return self._of_request(path, resolve)
        prefix, fields = self.split(path)
        own = prefix == self.name or (prefix in ("scope", "instrumentation_scope") and self.name == "scope")
        if fields and fields[0].name == "cache":
            return _cache(path, fields, resolve, self.name if not own else None)
        layer = self.layers[prefix]
        found = _indexed(layer, path, fields, resolve)
        if found is None:
            found = layer.fields.get(".".join(field.name for field in fields))
            keys = next((key for field in fields for key in field.keys), None)
            if found is not None and keys is not None:
                raise OttlError(keys.column, f"{shown(path)} cannot be indexed")
        if found is None:
            raise OttlError(path.column, f"the {self.name} context has no path {shown(path)}{_suggestion(layer, prefix)}")
        return found

    def _of_request(self, path: syntax.Path, resolve: Callable[[tuple[syntax.Node, ...]], Keys]) -> Accessor:
        *outer, last = path.fields[1:] or path.fields
        found = None
        if not any(field.keys for field in (path.fields[0], *outer)):
            name = ".".join(field.name for field in (*outer, last))
            found = request.request_accessor(name, resolve(last.keys) if last.keys else None)
        if found is None:
            known = "client.addr, client.metadata, client.auth.attributes, grpc.metadata"
            raise OttlError(path.column, f"there is no path {shown(path)}; known with otelcol: {known}")
        return found

    def split(self, path: syntax.Path) -> tuple[str, tuple[syntax.Field, ...]]:
        """Return the layer that a path is in, and the rest of it."""
        first = path.fields[0]
        if first.name in self.layers and not first.keys and len(path.fields) > 1:
            return first.name, path.fields[1:]
        return self.name, path.fields


def shown(path: syntax.Path) -> str:
    """Return a path as text, without what is in its brackets."""
    return ".".join(f"{field.name}{'[…]' * len(field.keys)}" for field in path.fields)


def _suggestion(layer: Layer, prefix: str) -> str:
    return f"; known with {prefix}: {', '.join([layer.attributes, *layer.fields])}"


def _cache(
    path: syntax.Path, fields: tuple[syntax.Field, ...], resolve: Callable[[tuple[syntax.Node, ...]], Keys], foreign: str | None
) -> Accessor:
    if foreign is not None:
        raise OttlError(path.column, f"{shown(path)}: a context has only its own cache, here {foreign}.cache")
    if len(fields) > 1:
        raise OttlError(path.column, f"{shown(path)}: what is in the cache is reached with brackets")
    return maps.cached(resolve(fields[0].keys)) if fields[0].keys else maps.cache()


def _indexed(
    layer: Layer, path: syntax.Path, fields: tuple[syntax.Field, ...], resolve: Callable[[tuple[syntax.Node, ...]], Keys]
) -> Accessor | None:
    name, keys = fields[0].name, fields[0].keys
    if len(fields) > 1:
        if name == layer.attributes:
            better = f'{name}["{fields[1].name}"]'
            raise OttlError(path.column, f"{shown(path)}: what is in {name} is reached with brackets, as {better}")
        return None
    if name == layer.attributes:
        return maps.attribute(layer.slot, resolve(keys)) if keys else maps.attributes(layer.slot)
    if not keys:
        return None
    if layer.fields is logs.LOG and name == "body":
        return maps.body_member(resolve(keys))
    if layer.fields is spans.SPAN and name == "trace_state":
        return spans.trace_state_member(resolve(keys))
    return None


_RESOURCE = Layer("resource", common.RESOURCE)
_SCOPE = Layer("scope", common.SCOPE)
_SPAN = Layer("item", spans.SPAN)
_METRIC = Layer("item", metrics.METRIC, attributes="metadata")
_OUTER = {"resource": _RESOURCE, "instrumentation_scope": _SCOPE, "scope": _SCOPE}

CONTEXTS: dict[str, Context] = {
    context.name: context
    for context in (
        Context("resource", {"resource": _RESOURCE}, {}),
        Context("scope", _OUTER, {}),
        Context("span", {**_OUTER, "span": _SPAN}, spans.ENUMS),
        Context("spanevent", {**_OUTER, "span": _SPAN, "spanevent": Layer("part", spans.SPAN_EVENT)}, spans.ENUMS),
        Context("metric", {**_OUTER, "metric": _METRIC}, metrics.ENUMS),
        Context("datapoint", {**_OUTER, "metric": _METRIC, "datapoint": Layer("part", metrics.DATA_POINT)}, metrics.POINT_ENUMS),
        Context("log", {**_OUTER, "log": Layer("item", logs.LOG)}, logs.ENUMS),
    )
}
"""By name."""

SIGNAL_CONTEXTS = {
    "traces": ("spanevent", "span", "scope", "resource"),
    "metrics": ("datapoint", "metric", "scope", "resource"),
    "logs": ("log", "scope", "resource"),
}
"""Contexts of a signal, the lowest first: in that order of preference one is inferred."""
