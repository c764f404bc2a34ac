"""Tables in Markdown."""

from collections.abc import Iterable, Sequence

HEADER = "Written by `make generate`."


def cell(text: str) -> str:
    """Return text that stays within one cell and is not read as markup."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the table, its cells as they are given."""
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
