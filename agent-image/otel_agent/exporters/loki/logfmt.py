"""logfmt: `key=value key="quoted value"`, as go-logfmt writes and reads it. Pure."""

import re
from collections.abc import Mapping

_DROPPED = re.compile(r'[\x00-\x20="\x7f\ufffd]')
"""What a key cannot hold."""
_NEEDS_QUOTES = re.compile(r'[\x00-\x20="\x7f\\\ufffd]')
_PAIR = re.compile(r'[ \t]*([^\x00-\x20="]+)(?:=("(?:[^"\\\n]|\\.)*"|[^\x00-\x20"=]*))?(?=[\s]|$)')
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def encode(pairs: Mapping[str, str]) -> str:
    """Return one line; pairs whose keys hold nothing that a key can are left out."""
    cleaned = ((_DROPPED.sub("", key), value) for key, value in pairs.items())
    return " ".join(f"{key}={_value(value)}" for key, value in cleaned if key)


def parse(line: str) -> list[tuple[str, str]] | None:
    """Return the pairs of the first line of a text; None when it is no logfmt. Words without a value have an empty one."""
    text = line.split("\n", 1)[0].rstrip()
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        found = _PAIR.match(text, at)
        if found is None:
            return None
        value = found[2] or ""
        pairs.append((found[1], _unquoted(value) if value.startswith('"') else value))
        at = found.end()
    return pairs


def _value(value: str) -> str:
    if not _NEEDS_QUOTES.search(value):
        return value
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    return f"\\u{ord(character):04x}" if character < " " or character == "\x7f" else character


def _unquoted(value: str) -> str:
    def unescaped(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) == 5 else _PLAIN.get(code, code)

    return _ESCAPE.sub(unescaped, value[1:-1])
