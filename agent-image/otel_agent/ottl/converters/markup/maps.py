"""ParseXML, ParseSimplifiedXML: documents as maps."""

from collections import Counter

from otel_agent.ottl.converters.markup.tree import Kind, Node, parse
from otel_agent.ottl.function import Function, Parameter
from otel_agent.ottl.function import Kind as Takes
from otel_agent.ottl.values import EvaluationError, Value

_TEXTS = (Kind.TEXT, Kind.CDATA)


def parse_xml(target: str) -> dict[str, Value]:
    """Return the root as a map of tag, content, attributes and children (maps of the same kind); nothing may follow the root."""
    document = parse(target, "ParseXML")
    root = document.children[-1]
    if [node for node in document.children if node.kind is Kind.ELEMENT] != [root]:
        raise EvaluationError("ParseXML: something follows the root element")
    return _as_map(root)


def _as_map(node: Node) -> dict[str, Value]:
    found: dict[str, Value] = {"tag": node.local_name}
    content = "".join(child.text.strip() for child in node.children if child.kind in _TEXTS)
    if content:
        found["content"] = content
    if node.attributes:
        found["attributes"] = {name.rpartition(":")[2]: value for name, value in node.attributes}
    children = [_as_map(child) for child in node.children if child.kind is Kind.ELEMENT]
    if children:
        found["children"] = children
    return found


def parse_simplified_xml(target: str) -> dict[str, Value]:
    """Return elements as keys: those without elements inside with their text, the others as maps, several of a name as a list.

    Attributes, empty elements and text beside elements are left out.
    """
    return _simplified(parse(target, "ParseSimplifiedXML"))


def _simplified(parent: Node) -> dict[str, Value]:
    found: dict[str, Value] = {}
    elements = [child for child in parent.children if child.kind is Kind.ELEMENT]
    counts = Counter(element.local_name for element in elements)
    for element in elements:
        if not element.children:
            continue
        several = counts[element.local_name] > 1
        if several:
            found.setdefault(element.local_name, [])
        value = _leaf(element) or _simplified(element)
        if not value:
            continue
        if several:
            found[element.local_name].append(value)
        else:
            found[element.local_name] = value
    return found


def _leaf(element: Node) -> str:
    """Return the first text of an element without elements inside."""
    if any(child.kind is Kind.ELEMENT for child in element.children):
        return ""
    return next((child.text for child in element.children if child.kind in _TEXTS), "")


_TARGET = (Parameter("target", Takes.STRING),)

FUNCTIONS: tuple[Function, ...] = (
    Function("ParseXML", _TARGET, parse_xml),
    Function("ParseSimplifiedXML", _TARGET, parse_simplified_xml),
)
