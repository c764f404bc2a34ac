"""The kernel answers about patterns as RE2's own library does."""

import pytest

from otel_agent.ottl.patterns import Pattern, glob, regex

TEXTS = ("", "GET /api/v1", "get", "a\nb", "Zürich", "aaa", "key=value; other=thing", "日本", "a.b")


def found(pattern: Pattern, text: str) -> list[str | None] | None:
    groups = pattern.groups(text)
    return None if groups is None else list(groups)


EXPRESSIONS = ("", "a", "^a", "b$", r"(?P<k>\w+)=(?P<v>\w+)", "(a)|(b)|(G)", "(?i)GET", ".", r"\bb", "ü(r)?(x)?")


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_found_and_by_which_groups(expression: str, text: str) -> None:
    pattern = regex(expression)
    expected = pattern.expression.search(text)
    assert pattern.is_in(text) is (expected is not None)
    assert found(pattern, text) == (None if expected is None else [expected[0], *expected.groups()])


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("GET *", ["GET ", "GET /\nx"], ["get /", " GET /"]),
        ("a?c", ["abc", "a\nc"], ["ac", "abcd"]),
        ("{a,b*}", ["a", "b", "bc"], ["ab", "c"]),
        ("[!a]", ["b"], ["a", "bb"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_globs_are_for_the_whole_text(pattern: str, matching: list[str], others: list[str]) -> None:
    compiled = glob(pattern)
    assert [text for text in (*matching, *others) if compiled.is_in(text)] == matching


def test_what_is_no_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match=r"pattern 'a\['"):
        regex("a[")
    with pytest.raises(ValueError, match="a bracket is not closed"):
        glob("a[")
