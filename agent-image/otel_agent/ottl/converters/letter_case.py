"""ConvertCase, ToLowerCase, ToUpperCase, ToSnakeCase, ToCamelCase.

Snake and camel case look at ASCII letters and digits only: a word ends where lower case, upper case and digits meet (a run of
capitals is one word: `JSONData` is `json_data`) and at a space, underscore, hyphen or dot.
"""

from collections.abc import Callable

from otel_agent.ottl.function import Function, Kind, Parameter

_SEPARATORS = frozenset(" _-.")
_SPACES = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What Unicode calls white space."""


def _kind(character: str) -> str:
    if not character.isascii():
        return ""
    if character.isupper():
        return "upper"
    if character.islower():
        return "lower"
    return "digit" if character.isdigit() else ""


def snake(text: str) -> str:
    """Return the text in snake case."""
    text = text.strip(_SPACES)
    kinds = [*map(_kind, text), ""]
    out: list[str] = []
    for index, character in enumerate(text):
        kind, following = kinds[index], kinds[index + 1]
        written = character.lower() if kind == "upper" else character
        if not kind or not following or kind == following:
            out.append("_" if character in _SEPARATORS else written)
            continue
        if kind == "upper" and following == "lower":
            if index and kinds[index - 1] == "upper":
                out.append("_")
            out.append(written)
        else:
            out += (written, "_")
    return "".join(out)


def camel(text: str) -> str:
    """Return the text in camel case with a capital first; what is no ASCII letter or digit is left out."""
    out: list[str] = []
    capital_next, after_capital = True, False
    for character in text.strip(_SPACES):
        kind = _kind(character)
        if capital_next:
            written = character.upper() if kind == "lower" else character
        else:
            written = character.lower() if kind == "upper" and after_capital else character
        after_capital = kind == "upper"
        if kind:
            out.append(written)
            capital_next = kind == "digit"
        else:
            capital_next = character in _SEPARATORS
    return "".join(out)


def lower(text: str) -> str:
    """Return the text in lower case, character by character."""
    return text.lower() if text.isascii() else "".join(_simple(character, str.lower) for character in text)


def upper(text: str) -> str:
    """Return the text in upper case, character by character: `ß` stays."""
    return text.upper() if text.isascii() else "".join(_simple(character, str.upper) for character in text)


_TITLED = {"\u0130": "i"}


def _simple(character: str, convert: Callable[[str], str]) -> str:
    converted = convert(character)
    if len(converted) == 1:
        return converted
    return (
        _TITLED.get(character, character)
        if convert is str.lower
        else (character.title() if len(character.title()) == 1 else character)
    )


CASES: dict[str, Callable[[str], str]] = {"lower": lower, "upper": upper, "snake": snake, "camel": camel}


def _case(name: str) -> Callable[[str], str]:
    if name not in CASES:
        raise ValueError(f"no case {name!r}; known: {', '.join(CASES)}")
    return CASES[name]


_TARGET = Parameter("target", Kind.STRING)

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "ConvertCase",
        (_TARGET, Parameter("to_case", Kind.STRING, literal=True, compiled=_case)),
        lambda text, convert: convert(text),
    ),
    Function("ToLowerCase", (_TARGET,), lower),
    Function("ToUpperCase", (_TARGET,), upper),
    Function("ToSnakeCase", (_TARGET,), snake),
    Function("ToCamelCase", (_TARGET,), camel),
)
