"""Concat, Split, Substring, Trim, TrimPrefix, TrimSuffix, HasPrefix, HasSuffix: pieces of text."""

from typing import cast

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError

MOST_BYTES = 16 * 1024 * 1024
"""Of a text that a converter makes longer than its arguments."""

_FEW = 8
_CONTINUATION = range(0x80, 0xC0)


def concat(values: list[str | None], delimiter: str) -> str:
    """Join the texts; nil is written `<nil>`."""
    texts = ["<nil>" if value is None else value for value in values] if None in values else cast(list[str], values)
    if len(texts) > _FEW:
        _check_size(sum(map(len, texts)) + len(delimiter) * (len(texts) - 1))
        return delimiter.join(texts)
    result = delimiter.join(texts)  # not many times as long as they are, so that it can be looked at afterwards
    if len(result) > MOST_BYTES:
        _check_size(len(result))
    return result


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise EvaluationError(f"Concat: the result would be longer than {MOST_BYTES} characters")


def split(target: str, delimiter: str) -> list[str]:
    """Cut the text at each delimiter, or into its characters where that is empty."""
    return target.split(delimiter) if delimiter else list(target)


def substring(target: str, start: int, length: int, utf8_safe: bool) -> str:
    """Return `length` bytes of the text's UTF-8 from byte `start`.

    A character that the cut would halve is left out with `utf8_safe`, else its bytes become U+FFFD.
    """
    if start < 0 or length <= 0:
        raise EvaluationError(f"Substring: the start is at least 0 and the length at least 1, not {start} and {length}")
    if target.isascii():
        if start + length > len(target):
            raise _beyond(start, length, len(target))
        return target[start : start + length]
    data = target.encode()
    end = start + length
    if end > len(data):
        raise _beyond(start, length, len(data))
    if utf8_safe:
        while start < len(data) and data[start] in _CONTINUATION:
            start += 1
        while start < end < len(data) and data[end] in _CONTINUATION:
            end -= 1
    return data[start:end].decode(errors="replace")


def _beyond(start: int, length: int, size: int) -> EvaluationError:
    return EvaluationError(f"Substring: the text of {size} bytes has no {length} bytes from byte {start}")


_TARGET = Parameter("target", Kind.STRING)
_PREFIX = Parameter("prefix", Kind.STRING)
_SUFFIX = Parameter("suffix", Kind.STRING)

FUNCTIONS: tuple[Function, ...] = (
    Function("Concat", (Parameter("vals", Kind.STRING_LIKE, listed=True), Parameter("delimiter", Kind.STRING)), concat),
    Function("Split", (_TARGET, Parameter("delimiter", Kind.STRING)), split),
    Function(
        "Substring",
        (
            _TARGET,
            Parameter("start", Kind.INT),
            Parameter("length", Kind.INT),
            Parameter("utf_8_safe", Kind.BOOL, optional=True, default=False, literal=True),
        ),
        substring,
    ),
    Function(
        "Trim",
        (_TARGET, Parameter("replacement", Kind.STRING, optional=True, default=" ", literal=True)),
        lambda text, cut: text.strip(cut) if cut else text,
    ),
    Function("TrimPrefix", (_TARGET, _PREFIX), str.removeprefix),
    Function("TrimSuffix", (_TARGET, _SUFFIX), str.removesuffix),
    Function("HasPrefix", (_TARGET, _PREFIX), str.startswith),
    Function("HasSuffix", (_TARGET, _SUFFIX), str.endswith),
)
