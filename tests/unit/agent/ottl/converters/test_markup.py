"""Converters of XML."""

import pytest

from otel_agent.ottl.converters.markup.tree import MOST_ATTRIBUTES, MOST_LEVELS, MOST_ROOTS
from otel_agent.ottl.values import EvaluationError
from tests.unit.agent.ottl.converters.calling import call

DOCUMENT = '<a x="1"><b>one</b><b y="2">two &amp; <c/></b><!-- note --><![CDATA[raw]]></a>'


def test_an_element_becomes_a_map_with_its_children():
    assert call("ParseXML", '<a x="1"> t <b>u</b></a>') == {
        "tag": "a",
        "content": "t",
        "attributes": {"x": "1"},
        "children": [{"tag": "b", "content": "u"}],
    }


def test_elements_of_one_name_become_a_list_and_single_ones_a_value():
    assert call("ParseSimplifiedXML", "<a><b>1</b><b><c>2</c></b><d>3</d><e/></a>") == {"a": {"b": ["1", {"c": "2"}], "d": "3"}}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/a/b", '<b>one</b><b y="2">two &amp; <c></c></b>'),
        ("//@y", "2"),
        ("/a/b[1]/text()", "one"),
        ("/a/text()", "raw"),
        ("//nothing", ""),
    ],
)
def test_what_a_path_selects_is_returned(path, text):
    assert call("GetXML", DOCUMENT, path) == text


@pytest.mark.parametrize(
    ("path", "gone"), [("//b", '<b>one</b><b y="2">two &amp; <c></c></b>'), ("//@x", ' x="1"'), ("//comment()", "<!-- note -->")]
)
def test_what_a_path_selects_is_removed(path, gone):
    whole = DOCUMENT.replace("<c/>", "<c></c>")
    assert call("RemoveXML", DOCUMENT, path) == whole.replace(gone, "")


def test_a_document_is_added_to_every_selected_element():
    assert call("InsertXML", "<a><b/><b/></a>", "//b", "<n/>") == "<a><b><n></n></b><b><n></n></b></a>"
    with pytest.raises(EvaluationError, match="no element"):
        call("InsertXML", '<a x="1"/>', "//@x", "<n/>")


def test_attributes_become_elements():
    assert call("ConvertAttributesToElementsXML", '<a x="1" y="2"><b z="3"/></a>') == "<a><b><z>3</z></b><x>1</x><y>2</y></a>"
    assert call("ConvertAttributesToElementsXML", '<a x="1" y="2"/>', "//@y") == '<a x="1"><y>2</y></a>'


def test_text_beside_elements_becomes_an_element():
    assert call("ConvertTextToElementsXML", "<a>t<b>u</b></a>") == "<a><value>t</value><b>u</b></a>"
    assert call("ConvertTextToElementsXML", "<a>t<b/></a>", "/a", "text") == "<a><text>t</text><b></b></a>"


def test_prefixes_in_a_path_are_those_of_the_document():
    assert call("GetXML", '<a xmlns:n="urn:x"><n:b>1</n:b></a>', "//n:b") == "<n:b>1</n:b>"


def test_the_declaration_stays_where_the_text_has_one():
    assert (
        call("RemoveXML", '<?xml version="1.0" encoding="UTF-8"?><a><b/></a>', "//b")
        == '<?xml version="1.0" encoding="UTF-8"?><a></a>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<a>",
        "text",
        "</r><a/><r>",
        "<a></a></r>",
        "<n:a/>",
        '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>&e;</a>',
        "<a>&unknown;</a>",
    ],
)
def test_what_is_no_document_or_declares_entities_is_an_error(text):
    with pytest.raises(EvaluationError, match="RemoveXML"):
        call("RemoveXML", text, "//x")


def test_nesting_is_bounded():
    deep = "<a>" * (MOST_LEVELS + 1) + "</a>" * (MOST_LEVELS + 1)
    with pytest.raises(EvaluationError, match="levels"):
        call("ParseXML", deep)
    assert call("GetXML", deep[3:-4], "/a/a[1]/a/text()") == ""


def test_roots_and_attributes_are_bounded():
    with pytest.raises(EvaluationError, match="roots"):
        call("GetXML", "<a/>" * (MOST_ROOTS + 1), "//a")
    attributes = " ".join(f'x{number}=""' for number in range(MOST_ATTRIBUTES + 1))
    with pytest.raises(EvaluationError, match="attributes"):
        call("GetXML", f"<a {attributes}/>", "//a")


@pytest.mark.parametrize("path", ["//[", "", "a["])
def test_what_is_no_path_is_a_mistake_of_the_statement(path):
    with pytest.raises(ValueError, match="XPath"):
        call("GetXML", "<a/>", path)


def test_a_path_that_gives_no_nodes_is_an_error():
    with pytest.raises(EvaluationError, match="selects no nodes"):
        call("GetXML", "<a/>", "count(//a)")
