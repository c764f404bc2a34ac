"""Operators as nodes of a graph: each takes a list of entries, changes it, and gives it to the nodes behind it."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from otel_agent.stanza.context import Complaints, OperatorContext
from otel_agent.stanza.entry import Entry, EntryError
from otel_agent.stanza.expression.compiler import Condition, Expression
from otel_agent.stanza.operator_config import TransformerConfig

Transform = Callable[[Entry], None]
"""Changes an entry; `EntryError` where it cannot, the entry then being as far changed as it got."""


class Node(ABC):
    """Base of all: `outputs` is filled when the graph is wired."""

    def __init__(self) -> None:
        self.outputs: list[Node] = []

    @abstractmethod
    def process(self, entries: list[Entry]) -> None:
        """Take entries."""

    def pass_on(self, entries: list[Entry]) -> None:
        """Give entries to the outputs; where there are several, each has entries of its own."""
        if not entries:
            return
        for output in self.outputs[1:]:
            output.process([entry.copy() for entry in entries])
        if self.outputs:
            self.outputs[0].process(entries)


class HoldingNode(Node):
    """A node that keeps entries for a while."""

    @abstractmethod
    def tick(self, now: float) -> None:
        """Pass on what has been kept for long enough; `now` is of the monotonic clock."""

    @abstractmethod
    def drain(self) -> None:
        """Pass on everything."""


class Collector(Node):
    """The end of the graph."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []

    def process(self, entries: list[Entry]) -> None:
        """Keep the entries."""
        if self.entries:
            self.entries.extend(entries)
        else:
            self.entries = entries

    def take(self) -> list[Entry]:
        """Remove and return what has come."""
        taken, self.entries = self.entries, []
        return taken


class OnError:
    """What becomes of an entry that an operator could not work on."""

    def __init__(self, config: TransformerConfig, name: str, context: OperatorContext) -> None:
        self._keeps = config.on_error in ("send", "send_quiet")
        self._quiet = config.on_error.endswith("quiet")
        self._complaints = Complaints(context, name, config.on_error)

    def keeps(self, error: EntryError) -> bool:
        """Report, and return whether the entry goes on."""
        self._complaints.report(error, quiet=self._quiet)
        return self._keeps


class TransformNode(Node):
    """Applies a function to each entry."""

    def __init__(self, transform: Transform, condition: Condition | None, on_error: OnError) -> None:
        super().__init__()
        self._transform = transform
        self._condition = condition
        self._on_error = on_error

    def process(self, entries: list[Entry]) -> None:
        """Change entries in place."""
        transform, condition = self._transform, self._condition
        dropped: set[int] = set()
        for index, entry in enumerate(entries):
            try:
                if condition is None or condition(entry):
                    transform(entry)
            except EntryError as error:
                if not self._on_error.keeps(error):
                    dropped.add(index)
        self.pass_on([entry for index, entry in enumerate(entries) if index not in dropped] if dropped else entries)


class FilterNode(Node):
    """Drops the entries for which an expression is true, or a share of them."""

    def __init__(self, drop: Condition, ratio: float, condition: Condition | None, on_error: OnError) -> None:
        super().__init__()
        self._drop = drop
        self._ratio = ratio
        self._condition = condition
        self._on_error = on_error

    def process(self, entries: list[Entry]) -> None:
        """Pass on those that stay."""
        self.pass_on([entry for entry in entries if self._stays(entry)])

    def _stays(self, entry: Entry) -> bool:
        try:
            if (self._condition is not None and not self._condition(entry)) or not self._drop(entry):
                return True
        except EntryError as error:
            return self._on_error.keeps(error)
        return self._ratio < 1 and random.random() >= self._ratio  # noqa: S311 -- a share of logs, no secret


class RouterNode(Node):
    """Sends each entry along the first route whose condition holds; `default` gets the rest."""

    def __init__(self, routes: Sequence["Route"], complaints: Complaints) -> None:
        super().__init__()
        self.routes = list(routes)
        self.default = Branch()
        self._complaints = complaints

    def process(self, entries: list[Entry]) -> None:
        """Sort entries by route; the order within a route stays."""
        taken: dict[Branch, list[Entry]] = {}
        for entry in entries:
            taken.setdefault(self._branch(entry), []).append(entry)
        for branch, group in taken.items():
            branch.pass_on(group)

    def _branch(self, entry: Entry) -> "Branch":
        for route in self.routes:
            try:
                if route.condition(entry):
                    for name, value in route.attributes.items():
                        entry.attributes[name] = value(entry)
                    return route
            except EntryError as error:
                self._complaints.report(error)
        return self.default


class Branch(Node):
    """Where entries of a router go."""

    def process(self, entries: list[Entry]) -> None:
        """Pass on."""
        self.pass_on(entries)


class Route(Branch):
    """A branch with the condition for it, and attributes that its entries get."""

    def __init__(self, condition: Condition, attributes: dict[str, Expression]) -> None:
        super().__init__()
        self.condition = condition
        self.attributes = attributes
