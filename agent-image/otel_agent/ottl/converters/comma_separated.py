"""ParseCSV: one row of comma-separated values as a map.

A quoted field begins with a quote, a quote in it is doubled, and it may hold delimiters and line ends. A line end outside quotes
goes on with the last field, since the text is one row. What the modes allow, and how carriage returns and blank lines are
read, is what Go's encoding/csv does.
"""

from collections.abc import Callable, Iterator

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, Value

Split = Callable[[str, str], list[str]]


class _Malformed(EvaluationError):
    """A quote at a place where the mode takes none."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"ParseCSV: {reason}")


def split_strict(row: str, delimiter: str) -> list[str]:
    """Cut a row with quoted fields; every quote has to be at its place."""
    return _split_quoted(row, delimiter, lazy=False)


def split_lazy(row: str, delimiter: str) -> list[str]:
    """Cut a row with quoted fields; a quote elsewhere is a character like others."""
    return _split_quoted(row, delimiter, lazy=True)


def split_plain(row: str, delimiter: str) -> list[str]:
    """Cut a row at every delimiter; quotes are characters like others."""
    return row.split(delimiter)


def _lines(row: str) -> list[str]:
    """Return the lines with their ends; a carriage return goes from before a line feed and from the end of the text."""
    lines = row.split("\n")
    ended = [f"{line.removesuffix(chr(13))}\n" for line in lines[:-1]]
    return [*ended, lines[-1].removesuffix("\r")] if lines[-1] else ended


def _split_quoted(row: str, delimiter: str, lazy: bool) -> list[str]:
    if delimiter in '"\r\n\ufffd':
        raise _Malformed(f"{delimiter!r} cannot be a delimiter")
    lines = iter(_lines(row))
    fields: list[str] | None = None
    for line in lines:
        if line == "\n":
            continue  # blank lines are passed over
        found: list[str] = []
        try:
            _read_line(line, lines, delimiter, lazy, found)
        except _Malformed:
            # As in the Go collector, the fields before a misplaced quote are the line's.
            if not found:
                raise
        if fields is None:
            fields = found
        else:
            fields[-1] += "\n" + found[0]
            fields += found[1:]
    if fields is None:
        raise _Malformed("the text has no row")
    return fields


def _read_line(line: str, lines: Iterator[str], delimiter: str, lazy: bool, fields: list[str]) -> None:
    """Add the fields of the line, and of those that a quoted field goes on in."""
    while True:
        if not line.startswith('"'):
            field, found, line = line.partition(delimiter)
            if not found:
                field = field.removesuffix("\n")
            if not lazy and '"' in field:
                raise _Malformed('a quote stands inside a field that is not quoted; mode "lazyQuotes" takes it')
            fields.append(field)
            if not found:
                return
            continue
        value, line, ended = _read_quoted(line[1:], lines, delimiter, lazy)
        fields.append(value)
        if ended:
            return


def _read_quoted(line: str, lines: Iterator[str], delimiter: str, lazy: bool) -> tuple[str, str, bool]:
    """Return the field's value, the rest of the line behind its delimiter, and whether the line ended."""
    value: list[str] = []
    while True:
        before, quote, after = line.partition('"')
        value.append(before)
        if quote:
            if after.startswith('"'):
                value.append('"')
                line = after[1:]
            elif after.startswith(delimiter):
                return "".join(value), after[len(delimiter) :], False
            elif after in ("", "\n"):
                return "".join(value), "", True
            elif lazy:
                value.append('"')
                line = after
            else:
                raise _Malformed('more follows a closing quote; mode "lazyQuotes" takes it')
            continue
        following = next(lines, None)
        if following is None:
            if not lazy:
                raise _Malformed("a quoted field has no end")
            # A line's last end is no part of the field.
            return "".join(value), "", True
        line = following


def parse_csv(target: str, header: str, delimiter: str, header_delimiter: str | None, split: Split) -> dict[str, Value]:
    """Return the row's fields by their names; EvaluationError when there are not as many fields as names."""
    if not header:
        raise EvaluationError("ParseCSV: the header is empty")
    names = header.split(header_delimiter or delimiter)
    fields = split(target, delimiter)
    if len(names) != len(fields):
        raise EvaluationError(f"ParseCSV: the header has {len(names)} names and the row {len(fields)} fields")
    return dict(zip(names, fields, strict=True))


_MODES: dict[str, Split] = {"strict": split_strict, "lazyQuotes": split_lazy, "ignoreQuotes": split_plain}


def _mode(name: str) -> Split:
    if name not in _MODES:
        raise ValueError(f"no mode {name!r}; known: {', '.join(_MODES)}")
    return _MODES[name]


def _character(text: str) -> str:
    if len(text) != 1:
        raise ValueError(f"a delimiter is a single character, not {text!r}")
    return text


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "ParseCSV",
        (
            Parameter("target", Kind.STRING),
            Parameter("header", Kind.STRING),
            Parameter("delimiter", Kind.STRING, optional=True, default=",", literal=True, compiled=_character),
            Parameter("header_delimiter", Kind.STRING, optional=True, default=None, literal=True, compiled=_character),
            Parameter("mode", Kind.STRING, optional=True, default=split_strict, literal=True, compiled=_mode),
        ),
        parse_csv,
    ),
)
