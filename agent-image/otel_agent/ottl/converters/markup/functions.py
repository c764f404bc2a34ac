"""GetXML, InsertXML, RemoveXML, ConvertAttributesToElementsXML, ConvertTextToElementsXML: documents to other documents."""

from collections.abc import Iterable
from functools import lru_cache

from otel_agent.ottl.converters.markup.selection import Attribute, XPath
from otel_agent.ottl.converters.markup.tree import Kind, Node, parse, remove_nodes
from otel_agent.ottl.converters.markup.writing import written
from otel_agent.ottl.function import Function, Parameter
from otel_agent.ottl.function import Kind as Takes
from otel_agent.ottl.values import EvaluationError

MOST_CHARACTERS = 16 * 1024 * 1024
_ALL_ATTRIBUTES = "//@*"
_DOCUMENT = "/"

_compiled = lru_cache(4)(XPath.of)


def get_xml(target: str, xpath: XPath) -> str:
    """Return the selected elements one after the other, of attributes and text their value."""
    if not target:
        return ""
    result = Node(Kind.DOCUMENT)
    for node in xpath.select(parse(target, "GetXML"), "GetXML"):
        if isinstance(node, Attribute):
            result.append(Node(Kind.TEXT, text=node.value))
        elif node.kind is Kind.CDATA:
            result.append(Node(Kind.TEXT, text=node.text))
        elif node.kind in (Kind.ELEMENT, Kind.TEXT):
            result.append(node.copy())
    return _bounded(written(result), "GetXML")


def insert_xml(target: str, xpath: XPath, sub_document: str) -> str:
    """Add a document at the end of every selected element; EvaluationError for a selected node that is none."""
    document = parse(target, "InsertXML")
    added = parse(sub_document, "InsertXML").children
    selected = xpath.select(document, "InsertXML")
    if len(selected) * len(sub_document) > MOST_CHARACTERS:
        raise EvaluationError(f"InsertXML: the result would be longer than {MOST_CHARACTERS} characters")
    for node in selected:
        if isinstance(node, Attribute) or node.kind not in (Kind.ELEMENT, Kind.DOCUMENT):
            raise EvaluationError(f"InsertXML: {xpath.expression[:64]!r} selects a node that is no element")
        for child in added:
            node.append(child.copy())
    return written(document)


def remove_xml(target: str, xpath: XPath) -> str:
    """Take the selected elements, attributes, texts and comments out."""
    if not target:
        return ""
    document = parse(target, "RemoveXML")
    selected = xpath.select(document, "RemoveXML")
    remove_nodes(node for node in selected if not isinstance(node, Attribute) and node.kind in _REMOVABLE)
    _remove_attributes(node for node in selected if isinstance(node, Attribute))
    return written(document)


_REMOVABLE = (Kind.ELEMENT, Kind.TEXT, Kind.COMMENT, Kind.CDATA)


def _remove_attributes(attributes: Iterable[Attribute]) -> None:
    """Take out the attributes of those names without a prefix: one with a prefix stays, as in the Go collector."""
    names: dict[Node, set[str]] = {}
    for attribute in attributes:
        names.setdefault(attribute.parent, set()).add(attribute.local_name)
    for node, gone in names.items():
        node.attributes = [pair for pair in node.attributes if pair[0] not in gone]


def attributes_to_elements(target: str, xpath: XPath | None) -> str:
    """Turn the selected attributes, all where there is no expression, into elements at the end of those that have them."""
    xpath = xpath or _compiled(_ALL_ATTRIBUTES)
    document = parse(target, "ConvertAttributesToElementsXML")
    selected = xpath.select(document, "ConvertAttributesToElementsXML")
    attributes = [node for node in selected if isinstance(node, Attribute)]
    for attribute in attributes:
        element = Node(Kind.ELEMENT, attribute.local_name)
        element.append(Node(Kind.TEXT, text=attribute.value))
        attribute.parent.append(element)
    _remove_attributes(attributes)
    return written(document)


def text_to_elements(target: str, xpath: XPath | None, element_name: str) -> str:
    """Put every text beside other text or elements into an element of its own, in all that is selected or in the document."""
    xpath = xpath or _compiled(_DOCUMENT)
    document = parse(target, "ConvertTextToElementsXML")
    for node in xpath.select(document, "ConvertTextToElementsXML"):
        if not isinstance(node, Attribute):
            _wrap_text(node, element_name or "value")
    return written(document)


def _wrap_text(node: Node, name: str) -> None:
    if node.kind not in (Kind.ELEMENT, Kind.DOCUMENT):
        return
    elements = [child for child in node.children if child.kind is Kind.ELEMENT]
    for element in elements:
        _wrap_text(element, name)
    texts = [place for place, child in enumerate(node.children) if child.kind is Kind.TEXT]
    if not texts or len(texts) + len(elements) <= 1:
        return
    for place in texts:
        wrapper = Node(Kind.ELEMENT, name, parent=node)
        wrapper.append(node.children[place])
        node.children[place] = wrapper


def _bounded(text: str, function: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise EvaluationError(f"{function}: the result is longer than {MOST_CHARACTERS} characters")
    return text


def _xpath(default: str = "") -> Parameter:
    """Return the parameter of an expression; one that is left out or empty is the default."""
    if not default:
        return Parameter("x_path", Takes.STRING, literal=True, compiled=XPath.of)
    return Parameter(
        "x_path", Takes.STRING, optional=True, default=None, literal=True, compiled=lambda text: XPath.of(text or default)
    )


_TARGET = Parameter("target", Takes.STRING)

FUNCTIONS: tuple[Function, ...] = (
    Function("GetXML", (_TARGET, _xpath()), get_xml),
    Function("InsertXML", (_TARGET, _xpath(), Parameter("sub_document", Takes.STRING)), insert_xml),
    Function("RemoveXML", (_TARGET, _xpath()), remove_xml),
    Function("ConvertAttributesToElementsXML", (_TARGET, _xpath(_ALL_ATTRIBUTES)), attributes_to_elements),
    Function(
        "ConvertTextToElementsXML",
        (
            _TARGET,
            _xpath(_DOCUMENT),
            Parameter("element_name", Takes.STRING, optional=True, default="value", literal=True),
        ),
        text_to_elements,
    ),
)
