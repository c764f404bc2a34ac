"""Format: text with verbs as Go's fmt.Sprintf has them.

    Format("%s took %5.1f ms (%d%%)", ["job", 12.25, 80])

`%[flags][width][.precision]verb`, with `*` and `[n]` as Go takes them. A verb that does not fit its value, a missing and an
additional argument are shown in the text as Go shows them (`%!d(string=job)`), they are no errors.
"""

from dataclasses import dataclass, replace

from otel_agent.ottl.converters.format_values import Directive, formatted, goes_as, type_of
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, Value

MOST_CHARACTERS = 1024 * 1024
_WIDEST = 1_000_000
"""Go's bound for widths and precisions: above it they are shown as bad."""


@dataclass(slots=True)
class _Arguments:
    """The arguments and the place of the next one."""

    values: list[Value]
    at: int = 0
    reordered: bool = False
    """Whether the directive at hand chose its argument by `[n]`."""
    good: bool = True

    def number(self) -> int | None:
        """Take an argument for a width or precision; None for what is none."""
        if self.at >= len(self.values):
            return None
        value = self.values[self.at]
        self.at += 1
        return value if type(value) is int and -_WIDEST <= value <= _WIDEST else None


def format_values(text: str, values: list[Value]) -> str:
    """Return the text with its verbs replaced."""
    out: list[str] = []
    arguments = _Arguments(values)
    at, size, reordered = 0, 0, False
    while at < len(text):
        percent = text.find("%", at)
        piece = text[at:] if percent < 0 else text[at:percent]
        out.append(piece)
        if percent < 0:
            break
        arguments.reordered, arguments.good = False, True
        written, at = _directive(text, percent + 1, arguments)
        reordered |= arguments.reordered
        out.append(written)
        size += len(piece) + len(written)
        if size > MOST_CHARACTERS:
            raise EvaluationError(f"Format: the result would be longer than {MOST_CHARACTERS} characters")
        reordered = arguments.reordered
    if not reordered and arguments.at < len(values):
        extra = ", ".join(
            "<nil>" if value is None else f"{type_of(value)}={formatted(value, Directive(), 'v')}"
            for value in values[arguments.at :]
        )
        out.append(f"%!(EXTRA {extra})")
    return "".join(out)


def _directive(text: str, at: int, arguments: _Arguments) -> tuple[str, int]:
    """Return what stands for the directive that begins behind the percent sign, and where the text goes on."""
    how = Directive()
    notes: list[str] = []
    at, how = _flags(text, at, how)
    at, chosen = _index(text, at, arguments)
    if text.startswith("*", at):
        at += 1
        width = arguments.number()
        if width is None:
            notes.append("%!(BADWIDTH)")
        elif width < 0:
            how = replace(how, width=-width, minus=True, zero=False)
        else:
            how = replace(how, width=width)
        chosen = False
    else:
        at, width = _digits(text, at)
        how = replace(how, width=width)
        if chosen and width is not None:
            arguments.good = False
    if text.startswith(".", at):
        at += 1
        if chosen:
            arguments.good = False
        at, chosen = _index(text, at, arguments)
        if text.startswith("*", at):
            at += 1
            precision = arguments.number()
            if precision is None or precision < 0:
                precision = None
                notes.append("%!(BADPREC)")
            chosen = False
        else:
            at, precision = _digits(text, at)
            precision = precision or 0
        how = replace(how, precision=precision)
    if not chosen:
        at, chosen = _index(text, at, arguments)
    if at >= len(text):
        return "".join((*notes, "%!(NOVERB)")), at
    return "".join((*notes, _verb(text[at], how, arguments))), at + 1


def _verb(verb: str, how: Directive, arguments: _Arguments) -> str:
    if verb == "%":
        return "%"
    if not arguments.good:
        return f"%!{verb}(BADINDEX)"
    if arguments.at >= len(arguments.values):
        return f"%!{verb}(MISSING)"
    value = arguments.values[arguments.at]
    arguments.at += 1
    if goes_as(value, verb):
        return formatted(value, how, verb)
    shown = "<nil>" if value is None else f"{type_of(value)}={formatted(value, how, 'v')}"
    return f"%!{verb}({shown})"


_FLAGS = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}


def _flags(text: str, at: int, how: Directive) -> tuple[int, Directive]:
    while at < len(text) and text[at] in _FLAGS:
        how = replace(how, **{_FLAGS[text[at]]: True})
        at += 1
    return at, how


def _digits(text: str, at: int) -> tuple[int, int | None]:
    end = at
    while end < len(text) and text[end] in "0123456789":
        end += 1
    if end == at:
        return at, None
    number = int(text[at:end]) if end - at <= 7 else _WIDEST + 1
    return end, None if number > _WIDEST else number


def _index(text: str, at: int, arguments: _Arguments) -> tuple[int, bool]:
    """Read `[n]`: it chooses the argument that comes next."""
    if not text.startswith("[", at):
        return at, False
    arguments.reordered = True
    end = text.find("]", at)
    if end < 0:
        arguments.good = False
        return at + 1, False
    inside = text[at + 1 : end]
    if inside.isascii() and inside.isdigit() and len(inside) <= 7 and 1 <= int(inside) <= len(arguments.values):
        arguments.at = int(inside) - 1
        return end + 1, True
    arguments.good = False
    return end + 1, bool(inside) and inside.isdigit()


FUNCTIONS: tuple[Function, ...] = (
    Function("Format", (Parameter("format", Kind.STRING, literal=True), Parameter("vals", listed=True)), format_values),
)
