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
    reader = _Reader(iter(_lines(row)), delimiter, lazy)
    # The pieces of each field: a line that ends outside of quotes goes on with the last field of the one before.
    fields: list[list[str]] = []
    while reader.next_line():
        if reader.line == "\n":
            continue  # blank lines are passed over
        found: list[str] = []
        try:
            reader.read_fields(found)
        except _Malformed:
            # As in the Go collector, the fields before a misplaced quote are the line's.
            if not found:
                raise
        if fields:
            fields[-1] += ("\n", found[0])
            del found[0]
        fields += ([field] for field in found)
    if not fields:
        raise _Malformed("the text has no row")
    return ["".join(pieces) for pieces in fields]


class _Reader:
    """Reads the fields of lines, in one pass."""

    def __init__(self, lines: Iterator[str], delimiter: str, lazy: bool) -> None:
        self.line = ""
        self._lines = lines
        self._delimiter = delimiter
        self._lazy = lazy
        self._at = 0

    def next_line(self) -> bool:
        """Go to the next line; whether there is one."""
        following = next(self._lines, None)
        self.line, self._at = following or "", 0
        return following is not None

    def read_fields(self, fields: list[str]) -> None:
        """Add the fields of the line, and of those that a quoted field goes on in."""
        while True:
            if self.line.startswith('"', self._at):
                self._at += 1
                field, ended = self._quoted()
            else:
                field, ended = self._plain()
            fields.append(field)
            if ended:
                return

    def _plain(self) -> tuple[str, bool]:
        """Return a field without quotes, and whether the line ends behind it."""
        end = self.line.find(self._delimiter, self._at)
        field = self.line[self._at :].removesuffix("\n") if end < 0 else self.line[self._at : end]
        if not self._lazy and '"' in field:
            raise _Malformed('a quote stands inside a field that is not quoted; mode "lazyQuotes" takes it')
        self._at = end + len(self._delimiter)
        return field, end < 0

    def _quoted(self) -> tuple[str, bool]:
        """Return the field that began with a quote, and whether the line ends behind it."""
        pieces: list[str] = []
        while True:
            quote = self.line.find('"', self._at)
            if quote < 0:
                pieces.append(self.line[self._at :])
                if not self.next_line():
                    if not self._lazy:
                        raise _Malformed("a quoted field has no end")
                    return "".join(pieces), True
                continue
            pieces.append(self.line[self._at : quote])
            self._at = quote + 1
            if self.line.startswith('"', self._at):
                pieces.append('"')
                self._at += 1
            elif self.line.startswith(self._delimiter, self._at):
                self._at += len(self._delimiter)
                return "".join(pieces), False
            elif self.line[self._at : self._at + 2] in ("", "\n"):
                return "".join(pieces), True
            elif self._lazy:
                pieces.append('"')
            else:
                raise _Malformed('more follows a closing quote; mode "lazyQuotes" takes it')


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
