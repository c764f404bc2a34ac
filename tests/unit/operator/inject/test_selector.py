"""What the value of an annotation names."""

import pytest

from otel_operator.inject.selector import chosen, named


@pytest.mark.parametrize(
    ("value", "key"), [("true", None), ("TRUE", None), ("a", ("n", "a")), ("m/a", ("m", "a")), ("m/a/b", ("m", "a/b"))]
)
def test_value_names_one_of_its_own_or_another_namespace(value: str, key: tuple[str, str] | None) -> None:
    assert named(value, "n") == key


@pytest.mark.parametrize(
    ("value", "existing", "choice"),
    [
        ("true", [("n", "a")], ("n", "a")),
        ("True", [("n", "a"), ("m", "b")], ("n", "a")),
        ("true", [("n", "a"), ("n", "b")], None),
        ("true", [], None),
        ("a", [("n", "a")], ("n", "a")),
        ("a", [("m", "a")], None),
        ("m/a", [("m", "a")], ("m", "a")),
    ],
)
def test_choice_is_the_one_that_the_value_names(value: str, existing: list[tuple[str, str]], choice: object) -> None:
    assert chosen(value, "n", existing) == choice
