"""What an XPath selects in a tree. The expression is evaluated by lxml, over a copy of the tree that it knows.

lxml gets no text to parse, so that nothing of its parser's (entities, files, the network) has a part in it. It is loaded when the
first expression is read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from otel_agent.ottl.converters.markup.tree import Kind, Node
from otel_agent.ottl.values import EvaluationError

_PREFIX = re.compile(r"([A-Za-z_][\w.-]*):(?!:)")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAMESPACE = "urn:prefix:"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that was selected."""

    parent: Node
    name: str
    value: str

    @property
    def local_name(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class XPath:
    """An expression of XPath 1.0. Prefixes are those of the document, whatever namespace they stand for."""

    expression: str
    compiled: Any

    @classmethod
    def of(cls, expression: str) -> "XPath":
        """Read an expression; ValueError for what is none."""
        from lxml import etree

        prefixes = set(_PREFIX.findall(_LITERAL.sub("", expression)))
        namespaces = {prefix: _NAMESPACE + prefix for prefix in prefixes}
        try:
            return cls(expression.strip(), etree.XPath(expression, namespaces=namespaces, regexp=False))
        except etree.XPathError as error:
            raise ValueError(f"{expression[:64]!r} is no XPath: {error}") from error

    def select(self, document: Node, function: str) -> list[Node | Attribute]:
        """Return the nodes in the document's order; EvaluationError where the expression gives something else than nodes."""
        if self.expression == "/":
            return [document]
        found: list[Node | Attribute] = []
        for root in document.children:
            if root.kind is Kind.ELEMENT:
                found += self._in_root(root, document, function)
        return found

    def _in_root(self, root: Node, document: Node, function: str) -> Iterable[Node | Attribute]:
        from lxml import etree

        shadow = _Shadow()
        try:
            element = shadow.build(root)
            shadow.surround(element, root, document)
        except ValueError as error:  # a name that expat takes and libxml2 does not
            raise EvaluationError(f"{function}: the text is no XML: {error}") from error
        try:
            results = self.compiled(element.getroottree())
        except etree.XPathError as error:
            raise EvaluationError(f"{function}: {self.expression[:64]!r}: {error}") from error
        if not isinstance(results, list):
            raise EvaluationError(f"{function}: {self.expression[:64]!r} selects no nodes")
        for result in results:
            yield from shadow.nodes_of(result)


class _Shadow:
    """A tree of lxml's, with the way back to ours."""

    def __init__(self) -> None:
        self._nodes: dict[Any, Node] = {}
        self._runs: dict[tuple[Any, bool], list[Node]] = {}

    def build(self, root: Node) -> Any:
        from lxml import etree

        top = self._element(etree.Element, root)
        stack = [(root, top)]
        while stack:
            node, element = stack.pop()
            last: Any = None
            for child in node.children:
                if child.kind in (Kind.TEXT, Kind.CDATA):
                    self._text(child, element, last)
                    continue
                if child.kind is Kind.ELEMENT:
                    last = self._element(lambda *args, parent=element: etree.SubElement(parent, *args), child)
                    stack.append((child, last))
                else:
                    last = self._other(child)
                    element.append(last)
        return top

    def surround(self, element: Any, root: Node, document: Node) -> None:
        """Put the document's comments and instructions beside the root."""
        place = document.children.index(root)
        for before, nodes in ((True, document.children[:place]), (False, list(reversed(document.children[place + 1 :])))):
            for node in nodes:
                if node.kind in (Kind.COMMENT, Kind.INSTRUCTION):
                    (element.addprevious if before else element.addnext)(self._other(node))

    def nodes_of(self, result: Any) -> list[Node | Attribute]:
        if not isinstance(result, str):
            node = self._nodes.get(result)
            return [] if node is None else [node]
        parent = result.getparent()  # type: ignore[attr-defined]
        if parent is None:
            return []
        if result.is_attribute:  # type: ignore[attr-defined]
            return [Attribute(self._nodes[parent], _given_name(result.attrname), str(result))]  # type: ignore[attr-defined]
        return list(self._runs.get((parent, bool(result.is_tail)), ()))  # type: ignore[attr-defined]

    def _element(self, make: Any, node: Node) -> Any:
        element = make(_shadow_name(node.name))
        for name, value in node.attributes:
            element.set(_shadow_name(name), value)
        self._nodes[element] = node
        return element

    def _other(self, node: Node) -> Any:
        from lxml import etree

        if node.kind is Kind.COMMENT:
            made: Any = etree.Comment(node.text)
        else:
            made = etree.ProcessingInstruction(node.name, node.text)
        self._nodes[made] = node
        return made

    def _text(self, node: Node, element: Any, last: Any) -> None:
        if node.kind is Kind.TEXT and not node.text.strip() and node.parent and node.parent.children[0] is not node:
            return  # as in the Go collector, text of spaces alone is none for an XPath, unless it is the first child
        holder, tail = (element, False) if last is None else (last, True)
        if tail:
            holder.tail = (holder.tail or "") + node.text
        else:
            holder.text = (holder.text or "") + node.text
        self._runs.setdefault((holder, tail), []).append(node)


def _shadow_name(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return f"{{{_NAMESPACE}{prefix}}}{local}" if colon else name


def _given_name(name: str) -> str:
    if not name.startswith("{"):
        return name
    namespace, _, local = name[1:].partition("}")
    return f"{namespace.removeprefix(_NAMESPACE)}:{local}"
