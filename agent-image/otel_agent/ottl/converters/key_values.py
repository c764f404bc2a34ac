"""ParseKeyValue, ToKeyValueString: maps as text such as `a=1 b="x y"`."""

from collections.abc import Mapping

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.json_forms import as_string
from otel_agent.ottl.values import EvaluationError, Value

_WHITE = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


def split_quoted(text: str, delimiter: str) -> list[str]:
    """Cut the text at delimiters outside quotes, without the quotes and without empty pieces; EvaluationError for an open quote.

    A quote or a delimiter's end after a backslash is kept, and so is the backslash.
    """
    pieces: list[str] = []
    piece: list[str] = []
    quote = ""
    escaped = False
    at = 0
    while at < len(text):
        if not quote and text.startswith(delimiter, at):
            if piece:
                pieces.append("".join(piece))
                piece = []
            at += len(delimiter)
            continue
        character = text[at]
        at += 1
        if escaped:
            escaped = False
        elif not quote and character in "\"'":
            quote = character
            continue
        elif character == quote:
            quote = ""
            continue
        else:
            escaped = character == "\\"
        piece.append(character)
    if quote:
        raise EvaluationError("ParseKeyValue: a quoted value has no end")
    if piece:
        pieces.append("".join(piece))
    return pieces


def parse_key_value(target: str, delimiter: str, pair_delimiter: str) -> dict[str, Value]:
    """Return the pairs of a text; a later pair of the same key wins."""
    if not target:
        raise EvaluationError("ParseKeyValue: the text is empty")
    pairs: dict[str, Value] = {}
    for piece in split_quoted(target, pair_delimiter):
        key, found, value = piece.partition(delimiter)
        if not found:
            raise EvaluationError(f"ParseKeyValue: {piece[:64]!r} has no {delimiter!r}")
        pairs[key.strip(_WHITE)] = value.strip(_WHITE)
    return pairs


def to_key_value_string(target: Mapping[str, Value], delimiter: str, pair_delimiter: str, sort_output: bool) -> str:
    """Return a map as text, in its own order or sorted by key; what contains a delimiter is quoted."""

    def quoted(text: str) -> str:
        text = text.replace('"', '\\"')
        return f'"{text}"' if delimiter in text or pair_delimiter in text else text

    pairs = sorted(target.items(), key=lambda pair: pair[0]) if sort_output else target.items()
    return pair_delimiter.join(f"{quoted(key)}{delimiter}{quoted(as_string(value))}" for key, value in pairs)


def _check(literals: Mapping[str, Value]) -> None:
    delimiter, pair_delimiter = literals["delimiter"], literals["pair_delimiter"]
    if not delimiter or not pair_delimiter:
        raise ValueError("a delimiter is at least one character")
    if delimiter == pair_delimiter:
        raise ValueError(f"delimiter and pair_delimiter are both {delimiter!r}; they have to differ")


_DELIMITERS = (
    Parameter("delimiter", Kind.STRING, optional=True, default="=", literal=True),
    Parameter("pair_delimiter", Kind.STRING, optional=True, default=" ", literal=True),
)

FUNCTIONS: tuple[Function, ...] = (
    Function("ParseKeyValue", (Parameter("target", Kind.STRING), *_DELIMITERS), parse_key_value, check=_check),
    Function(
        "ToKeyValueString",
        (
            Parameter("target", Kind.MAP),
            *_DELIMITERS,
            Parameter("sort_output", Kind.BOOL, optional=True, default=False, literal=True),
        ),
        to_key_value_string,
        check=_check,
    ),
)
