"""A document as a tree of nodes, read by expat.

Documents are those of logs: several roots, or text behind the root, are no mistake. Entities that a document declares itself are
refused (and with them every expansion), nesting is bounded, nothing outside the text is read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from xml.parsers import expat

from otel_agent.ottl.values import EvaluationError

MOST_LEVELS = 256
MOST_ROOTS = 100
MOST_ATTRIBUTES = 1000
"""Of one element: they are looked for one after the other."""

_DECLARATION = re.compile(r"<\?xml(\s[^?]*(?:\?(?!>)[^?]*)*)?\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[<>]*>")
_ENTITY_NAMES = ("xml", "xmlns")


class Kind(Enum):
    """What a node is."""

    DOCUMENT = auto()
    DECLARATION = auto()
    ELEMENT = auto()
    TEXT = auto()
    CDATA = auto()
    COMMENT = auto()
    INSTRUCTION = auto()
    DOCTYPE = auto()


@dataclass(slots=True, eq=False)
class Node:
    """A node; `name` of elements with its prefix, `text` of all that have no children, `attributes` in the document's order."""

    kind: Kind
    name: str = ""
    text: str = ""
    attributes: list[tuple[str, str]] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)
    parent: "Node | None" = None

    @property
    def local_name(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    def append(self, child: "Node") -> None:
        """Add a child at the end."""
        child.parent = self
        self.children.append(child)

    def copy(self) -> "Node":
        """Return the node and all below it anew, without a parent."""
        new = Node(self.kind, self.name, self.text, list(self.attributes))
        for child in self.children:
            new.append(child.copy())
        return new

    def inner_text(self) -> str:
        """Return the text of all text below."""
        if self.kind in (Kind.TEXT, Kind.CDATA):
            return self.text
        return "".join(child.inner_text() for child in self.children)


def remove_nodes(nodes: Iterable[Node]) -> None:
    """Take nodes out of their parents."""
    gone: dict[Node, set[Node]] = {}
    for node in nodes:
        if node.parent is not None:
            gone.setdefault(node.parent, set()).add(node)
    for parent, children in gone.items():
        parent.children = [child for child in parent.children if child not in children]


def parse(text: str, function: str) -> Node:
    """Read a document; EvaluationError, with the converter's name, for what is none.

    The declaration is in the tree where the text begins with it. Text and comments before the first root or instruction are not.
    """
    reader = _Reader(function)
    if found := _DECLARATION.match(text):
        reader.document.append(Node(Kind.DECLARATION, "xml", attributes=_pairs(found[1] or "")))
        reader.begun = True
        text = text[found.end() :]
    reader.read(text)
    roots = sum(child.kind is Kind.ELEMENT for child in reader.document.children)
    if not roots:
        raise EvaluationError(f"{function}: the text is no XML: it has no element")
    if roots > MOST_ROOTS:
        raise EvaluationError(f"{function}: the text has {roots} roots; more than {MOST_ROOTS} are not read")
    return reader.document


def _pairs(text: str) -> list[tuple[str, str]]:
    return [
        (name, value.strip("\"'")) for name, equals, value in (pair.partition("=") for pair in text.split()) if equals and name
    ]


class _Reader:
    """Builds the tree from expat's events. The text stands in a root of ours, so that it may have several of its own."""

    def __init__(self, function: str) -> None:
        self.document = Node(Kind.DOCUMENT)
        self.begun = False
        self._function = function
        self._open = [self.document]
        self._prefixes: list[set[str]] = [set(_ENTITY_NAMES)]
        self._in_cdata = False
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartCdataSectionHandler = self._start_cdata
        parser.EndCdataSectionHandler = self._end_cdata
        parser.CommentHandler = lambda text: self._add(Node(Kind.COMMENT, text=text))
        parser.ProcessingInstructionHandler = self._instruction
        self._parser = parser
        self._within = False

    def read(self, text: str) -> None:
        doctype = _DOCTYPE.search(text)
        if doctype is not None:
            # Inside our root there is no place for it; what it says about entities has been refused by its pattern.
            text = text[: doctype.start()] + text[doctype.end() :]
            if self.begun:
                self._add(Node(Kind.DOCTYPE, text=doctype[0][2:-1]))
        try:
            self._parser.Parse("<r>", False)
            self._within = True
            self._parser.Parse(text, False)
            self._within = False
            self._parser.Parse("</r>", True)
        except expat.ExpatError as error:
            raise self._mistake(f"{expat.ErrorString(error.code)} at line {error.lineno}") from error

    def _mistake(self, reason: str) -> EvaluationError:
        return EvaluationError(f"{self._function}: the text is no XML: {reason}")

    def _start(self, name: str, attributes: list[str]) -> None:
        if not self._within:
            return
        if len(self._open) > MOST_LEVELS:
            raise EvaluationError(f"{self._function}: the document has more than {MOST_LEVELS} levels")
        if len(attributes) > 2 * MOST_ATTRIBUTES:
            raise EvaluationError(f"{self._function}: an element has more than {MOST_ATTRIBUTES} attributes")
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        known = self._prefixes[-1] | {attribute[6:] for attribute, _ in pairs if attribute.startswith("xmlns:")}
        prefix, colon, _ = name.partition(":")
        if colon and prefix not in known:
            raise self._mistake(f"the prefix {prefix!r} is not declared")
        self.begun = True
        node = Node(Kind.ELEMENT, name, attributes=pairs)
        self._open[-1].append(node)
        self._open.append(node)
        self._prefixes.append(known)

    def _end(self, _: str) -> None:
        if len(self._open) > 1:
            self._open.pop()
            self._prefixes.pop()
        elif self._within:
            raise self._mistake("an end tag has no start tag")

    def _add(self, node: Node) -> None:
        if self.begun:
            self._open[-1].append(node)

    def _characters(self, text: str) -> None:
        if self._within:
            self._add(Node(Kind.CDATA if self._in_cdata else Kind.TEXT, text=text))

    def _start_cdata(self) -> None:
        self._in_cdata = True

    def _end_cdata(self) -> None:
        self._in_cdata = False

    def _instruction(self, target: str, text: str) -> None:
        first = not self.begun
        self.begun = True
        if not first:
            self._add(Node(Kind.INSTRUCTION, target, text.strip()))
