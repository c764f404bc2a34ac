"""The table of hostile input is true: its tests, counters and log lines exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "limits.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith(("| input", "| ---"))
]
SOURCE = "\n".join(path.read_text() for path in (ROOT / "agent-image" / "otel_agent").rglob("*.py"))
FOLDER = ROOT / "tests" / "unit" / "agent"


def quoted(cell: str) -> str:
    """The first code in a cell."""
    found = re.search(r"`([^`]+)`", cell)
    assert found is not None, f"no code in {cell!r}"
    return found[1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_tests_counters_and_log_lines_of_hostile_input_exist(row: list[str]) -> None:
    _, limit, counter, line, test = row
    assert limit
    name = quoted(counter).partition("{")[0].removeprefix("otelcol_")
    assert f'"{name}"' in SOURCE, "a metric"
    assert quoted(line) in SOURCE, "a line"
    file, _, function = quoted(test).partition("::")
    functions = {node.name for node in ast.walk(ast.parse((FOLDER / file).read_text())) if isinstance(node, ast.FunctionDef)}
    assert function in functions


def test_no_hostile_input_of_the_tests_is_left_out() -> None:
    listed = {quoted(row[4]).partition("::")[2] for row in ROWS}
    tree = ast.parse((FOLDER / "test_hostile_input.py").read_text())
    assert listed == {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
