"""Builds the graph of a list of operators and runs entries through it."""

from collections.abc import Callable, Sequence
from typing import Any

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.stanza import annotations, transforms
from otel_agent.stanza.container import ContainerNode
from otel_agent.stanza.context import Complaints, OperatorContext
from otel_agent.stanza.entry import Entry
from otel_agent.stanza.expression.compiler import Expression, compile_condition, compile_template
from otel_agent.stanza.nodes import Collector, FilterNode, HoldingNode, Node, OnError, Route, RouterNode, Transform, TransformNode
from otel_agent.stanza.operator_config import BaseOperatorConfig, ParserConfig, TransformerConfig
from otel_agent.stanza.parser_config import (
    ContainerParserConfig,
    ScopeNameParserConfig,
    SeverityParserConfig,
    TimeParserConfig,
    TraceParserConfig,
)
from otel_agent.stanza.parsing import parser
from otel_agent.stanza.recombine import Recombiner
from otel_agent.stanza.transform_config import (
    AddConfig,
    AssignKeysConfig,
    CopyConfig,
    FilterConfig,
    FlattenConfig,
    MoveConfig,
    NoopConfig,
    RecombineConfig,
    RegexReplaceConfig,
    RemoveConfig,
    RetainConfig,
    RouterConfig,
    UnquoteConfig,
)

AnyOperatorConfig = BaseOperatorConfig | RouterConfig


def search_function(expression: str) -> Callable[[str], Any]:
    """Return the search function of a regular expression; ValueError for what is none."""
    search: Callable[[str], Any] = compile_pattern(expression).search
    return search


class Chain:
    """A wired graph of operators. Entries go in at the first, and come out where no operator is behind."""

    def __init__(self, first: Node, collector: Collector, holding: list[HoldingNode]) -> None:
        self._first = first
        self._collector = collector
        self._holding = holding

    @property
    def holds(self) -> bool:
        """Whether some operator may keep entries for a while."""
        return bool(self._holding)

    def process(self, entries: list[Entry]) -> list[Entry]:
        """Run entries through; returns those that have come out."""
        self._first.process(entries)
        return self._collector.take()

    def tick(self, now: float) -> list[Entry]:
        """Return what has been kept for long enough; `now` is of the monotonic clock."""
        for node in self._holding:
            node.tick(now)
        return self._collector.take()

    def drain(self) -> list[Entry]:
        """Return all that is kept."""
        for node in self._holding:
            node.drain()
        return self._collector.take()


def build_chain(configs: Sequence[AnyOperatorConfig], context: OperatorContext) -> Chain:
    """Wire operators; ValueError names the operator that cannot work."""
    collector = Collector()
    names = _names(configs)
    nodes: dict[str, Node] = {}
    for name, config in zip(names, configs, strict=True):
        try:
            nodes[name] = _node(config, name, context)
        except ValueError as error:
            raise ValueError(f'operator "{name}": {error}') from error
    for index, (name, config) in enumerate(zip(names, configs, strict=True)):
        following = nodes[names[index + 1]] if index + 1 < len(names) else collector
        _wire(name, config, nodes, following)
    _refuse_circles(nodes)
    holding = [node for node in nodes.values() if isinstance(node, HoldingNode)]
    return Chain(nodes[names[0]] if names else collector, collector, holding)


def _names(configs: Sequence[AnyOperatorConfig]) -> list[str]:
    """Ids of the operators: their own, or the type, numbered from the second on."""
    taken = [config.id for config in configs if config.id]
    if repeated := next((name for name in taken if taken.count(name) > 1), None):
        raise ValueError(f'operator id "{repeated}" is used twice')
    names: list[str] = []
    for config in configs:
        kind = str(getattr(config, "type", "operator"))
        name, number = config.id or kind, 0
        while not config.id and (name in names or name in taken):
            number += 1
            name = f"{kind}{number}"
        names.append(name)
    return names


def _node(config: AnyOperatorConfig, name: str, context: OperatorContext) -> Node:
    if isinstance(config, RouterConfig):
        return _router(config, name, context)
    assert isinstance(config, TransformerConfig)
    on_error = OnError(config, name, context)
    condition = compile_condition(config.condition, search_function) if config.condition else None
    if isinstance(config, FilterConfig):
        return FilterNode(compile_condition(config.expr, search_function), config.drop_ratio, condition, on_error)
    if isinstance(config, RecombineConfig):
        boundary = compile_condition(config.is_first_entry or config.is_last_entry, search_function)
        return Recombiner(config, boundary, condition, on_error, Complaints(context, name, "pool"))
    if isinstance(config, ContainerParserConfig):
        return ContainerNode(config, _part_joiner(config, name, context), condition, on_error)
    return TransformNode(_transform(config), condition, on_error)


def _part_joiner(config: ContainerParserConfig, name: str, context: OperatorContext) -> Recombiner:
    joined = RecombineConfig.model_validate(
        {
            "type": "recombine",
            "combine_field": "body",
            "combine_with": "",
            "is_last_entry": "attributes.logtag == 'F'",
            "max_batch_size": 0,
            "max_unmatched_batch_size": 0,
            "max_log_size": config.max_log_size,
            "on_error": config.on_error,
        }
    )
    last = compile_condition(joined.is_last_entry, search_function)
    return Recombiner(joined, last, None, OnError(joined, name, context), Complaints(context, name, "pool"))


def _router(config: RouterConfig, name: str, context: OperatorContext) -> RouterNode:
    routes = []
    for route in config.routes:
        attributes = {key: _template(value) for key, value in route.attributes.items()}
        routes.append(Route(compile_condition(route.expr, search_function), attributes))
    return RouterNode(routes, Complaints(context, name, "next route"))


def _template(text: str) -> Expression:
    return compile_template(text, search_function) or (lambda _: text)


def _transform(config: TransformerConfig) -> Transform:
    match config:
        case ParserConfig():
            return parser(config)
        case TimeParserConfig():
            return annotations.timestamp(config)
        case SeverityParserConfig():
            return annotations.severity(config)
        case TraceParserConfig():
            return annotations.trace(config)
        case ScopeNameParserConfig():
            return annotations.scope_name(config)
        case AddConfig():
            return transforms.add(config, search_function)
        case MoveConfig():
            return transforms.move(config)
        case CopyConfig():
            return transforms.copy(config)
        case RemoveConfig():
            return transforms.remove(config)
        case RetainConfig():
            return transforms.retain(config)
        case FlattenConfig():
            return transforms.flatten(config)
        case UnquoteConfig():
            return transforms.unquote(config)
        case RegexReplaceConfig():
            return transforms.regex_replace(config)
        case AssignKeysConfig():
            return transforms.assign_keys(config)
        case NoopConfig():
            return lambda _: None
    raise TypeError(f"{type(config).__name__} has no transform")


def _wire(name: str, config: AnyOperatorConfig, nodes: dict[str, Node], following: Node) -> None:
    node = nodes[name]
    if isinstance(config, RouterConfig):
        assert isinstance(node, RouterNode)
        for route, settings in zip(node.routes, config.routes, strict=True):
            route.outputs[:] = [_find(name, output, nodes) for output in settings.output]
        node.default.outputs[:] = [_find(name, output, nodes) for output in config.default]
        return
    assert isinstance(config, BaseOperatorConfig)
    node.outputs[:] = [_find(name, output, nodes) for output in config.output] or [following]


def _find(name: str, output: str, nodes: dict[str, Node]) -> Node:
    if output not in nodes:
        raise ValueError(f'operator "{name}": there is no operator "{output}" to send to')
    return nodes[output]


def _refuse_circles(nodes: dict[str, Node]) -> None:
    names = {id(node): name for name, node in nodes.items()}
    done: set[int] = set()
    for start in nodes.values():
        path: list[Node] = []
        stack: list[tuple[Node, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.pop()
                done.add(id(node))
                continue
            if any(node is other for other in path):
                raise ValueError(f'operator "{names.get(id(node), "router")}" sends to itself in a circle')
            if id(node) in done:
                continue
            path.append(node)
            stack.append((node, True))
            behind = [*node.routes, node.default] if isinstance(node, RouterNode) else node.outputs
            stack += [(output, False) for output in behind]
