"""Where a value stands in the text that it was read from: needed only when something is said about it, so found only then."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import yaml

from otel_operator.api.finding import Path

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "<<"
_SWITCHES = frozenset({"y", "n", "yes", "no", "on", "off"})
Place: TypeAlias = tuple[int, int]
"""Line and column, from 1."""
Entries: TypeAlias = dict[str, tuple[yaml.Node, yaml.Node]]


class Block(NamedTuple):
    """A literal block whose text is YAML."""

    root: yaml.Node | None
    """None where the text is no YAML after all."""
    shift: Place
    """How far its text is down and right in the file."""


class Text:
    """The text of one file, parsed a second time, with marks, when the first position in it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        # By the ids of nodes, which live as long as the roots: a file may have as many findings as entries.
        self._entries: dict[int, Entries] = {}
        self._blocks: dict[int, Block | None] = {}

    @cached_property
    def roots(self) -> list[yaml.Node | None]:
        """The root node of each document; none of a text that is read here by stricter rules than by the reader of values."""
        try:
            return list(yaml.compose_all(self.text, Loader=_LOADER))
        except yaml.YAMLError:
            return []

    @cached_property
    def lines(self) -> list[str]:
        """The lines as YAML counts them."""
        return self.text.splitlines()

    def entries(self, node: yaml.MappingNode) -> Entries:
        """Return the nodes of the map's keys and values by the text of the key."""
        if id(node) not in self._entries:
            pairs = ((key, value) for key, value in reversed(node.value) if isinstance(key, yaml.ScalarNode))
            self._entries[id(node)] = {key.value: (key, value) for key, value in pairs}
        return self._entries[id(node)]

    def block(self, node: yaml.Node) -> Block | None:
        """Return a literal block (`config: |`); None for what is none, or blank."""
        if not (isinstance(node, yaml.ScalarNode) and node.style == "|"):
            return None
        if id(node) not in self._blocks:
            self._blocks[id(node)] = self._read(node)
        return self._blocks[id(node)]

    def _read(self, node: yaml.ScalarNode) -> Block | None:
        first: Any = node.start_mark
        down = first.line + 1
        written = node.value.splitlines()
        filled = next((number for number, line in enumerate(written) if line.strip()), None)
        if filled is None:
            return None
        try:
            root = yaml.compose(node.value, Loader=_LOADER)
        except yaml.YAMLError:
            root = None
        return Block(root, (down, _indent(self.lines[down + filled]) - _indent(written[filled])))


class Positions:
    """The places of one document's values."""

    def __init__(self, text: Text, document: int, line: int, root: Path = ()) -> None:
        """Remember the document by its number in `text`; its value is what stands there at `root`, from `line` on."""
        self._text, self._document, self._line, self._root = text, document, line, tuple(root)

    def below(self, root: Path) -> "Positions":
        """Return the positions of a part of this document as those of a document of its own."""
        line, _ = self.at(root)
        return Positions(self._text, self._document, line, (*self._root, *root))

    def at(self, path: Path) -> Place:
        """Return where the key of `path`, or the item of a list, begins; that of its nearest ancestor when it is not there."""
        root = self._document_node()
        return (self._line, 1) if root is None else self._from(root, [*self._root, *path])

    def inside(self, path: Path, place: Place) -> Place:
        """Return where a place in the text at `path` is in the whole; that of the path itself where this cannot be told."""
        node = self._node(path)
        block = self._text.block(node) if node is not None else None
        return self.at(path) if block is None else (place[0] + block.shift[0], place[1] + block.shift[1])

    def switches(self) -> Iterator[tuple[Path, Place, str]]:
        """Yield path, place and text of each plain `yes`, `no`, `on`, `off`, `y` and `n`, which YAML 1.1 takes for a boolean."""
        node = self._node(())
        if node is not None:
            yield from _switches(node, (), set())

    def _document_node(self) -> yaml.Node | None:
        roots = self._text.roots
        return roots[self._document] if self._document < len(roots) else None

    def _node(self, path: Path) -> yaml.Node | None:
        node = self._document_node()
        for step in (*self._root, *path):
            found = self._step(node, step) if node is not None else None
            node = found[1] if found is not None else None
        return node

    def _from(self, node: yaml.Node, path: list[str | int], offset: Place = (0, 0)) -> Place:
        place = _place(node, offset)
        for depth, step in enumerate(path):
            if (block := self._text.block(node)) is not None and block.root is not None:
                return self._from(block.root, path[depth:], block.shift)
            found = self._step(node, step)
            if found is None:
                return place
            mark, node = found
            place = _place(mark, offset)
        return place

    def _step(self, node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
        """Return the node whose mark is that of the entry, and the entry's value."""
        if isinstance(node, yaml.SequenceNode):
            index = int(step) if str(step).isdecimal() else len(node.value)
            return (node.value[index], node.value[index]) if index < len(node.value) else None
        if not isinstance(node, yaml.MappingNode):
            return None
        entries = self._text.entries(node)
        if found := entries.get(str(step)):
            return found
        merged = entries.get(_MERGE)
        if merged is None:
            return None
        sources = merged[1].value if isinstance(merged[1], yaml.SequenceNode) else [merged[1]]
        return next(filter(None, (self._step(source, step) for source in sources)), None)


def _switches(node: yaml.Node, path: tuple[str | int, ...], seen: set[int]) -> Iterator[tuple[Path, Place, str]]:
    if id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _switches(item, (*path, index), seen)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield from _switches(key, inner, seen)
            yield from _switches(value, inner, seen)
    elif isinstance(node, yaml.ScalarNode) and not node.style and node.value.lower() in _SWITCHES:
        yield path, _place(node, (0, 0)), node.value


def _place(node: yaml.Node, offset: Place) -> Place:
    mark: Any = node.start_mark
    return mark.line + offset[0] + 1, mark.column + offset[1] + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
