"""The fixed set of reasons."""

import ast
from pathlib import Path

from otel_operator.inject.instrumentation import reasons

ROOT = Path(reasons.__file__).resolve().parents[3]
REASONS = {name: value for name, value in vars(reasons).items() if name.isupper()}


def test_every_reason_is_explained_in_the_documentation() -> None:
    text = (ROOT / "docs/injection.md").read_text()
    assert [value for value in REASONS.values() if f"`{value}`" not in text] == []


def test_every_reason_is_given_somewhere() -> None:
    used = set()
    for path in (ROOT / "operator/inject/instrumentation").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "reasons":
                used.add(node.attr)
    assert used == set(REASONS)
