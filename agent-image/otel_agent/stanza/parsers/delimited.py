"""Separated values, pairs of keys and values, and URIs."""

from urllib.parse import parse_qs, urlsplit

from otel_agent.stanza.entry import EntryError, Value
from otel_agent.stanza.parsers.structured import Parse, expect_text


def csv_parser(names: list[str], delimiter: str, *, lazy_quotes: bool, ignore_quotes: bool) -> Parse:
    """Return a parser of one row; the values get these names."""

    def parse(value: Value) -> dict[str, Value]:
        text = expect_text(value, "csv")
        fields = text.split(delimiter) if ignore_quotes or '"' not in text else read_row(text, delimiter, lazy=lazy_quotes)
        if len(fields) != len(names):
            raise EntryError(f"wrong number of fields: expected {len(names)}, found {len(fields)}")
        return dict(zip(names, fields, strict=True))

    return parse


def read_row(text: str, delimiter: str, *, lazy: bool) -> list[str]:
    """Cut a row in which fields may be quoted; `EntryError` for quotes where none may be, unless `lazy`."""
    fields: list[str] = []
    position = 0
    while True:
        if text.startswith('"', position):
            field, position = _quoted(text, position + 1, delimiter, lazy=lazy)
        else:
            end = text.find(delimiter, position)
            end = len(text) if end < 0 else end
            field, position = text[position:end], end
            if '"' in field and not lazy:
                raise EntryError(f'bare " in a field that is not quoted, at character {position}')
        fields.append(field)
        if position >= len(text):
            return fields
        position += len(delimiter)


def _quoted(text: str, position: int, delimiter: str, *, lazy: bool) -> tuple[str, int]:
    """Return a quoted field and the position behind its closing quote."""
    parts: list[str] = []
    while True:
        end = text.find('"', position)
        if end < 0:
            if not lazy:
                raise EntryError("a quoted field has no end")
            return "".join((*parts, text[position:])), len(text)
        parts.append(text[position:end])
        behind = text[end + 1 : end + 2]
        if behind == '"':
            parts.append('"')
            position = end + 2
        elif behind in ("", delimiter):
            return "".join(parts), end + 1
        elif lazy:
            parts.append('"')
            position = end + 1
        else:
            raise EntryError(f'extraneous " in a quoted field, at character {end + 1}')


def key_value_parser(delimiter: str, pair_delimiter: str) -> Parse:
    """Return a parser of pairs; pair delimiters and delimiters within quotes do not count."""

    def parse(value: Value) -> dict[str, Value]:
        text = expect_text(value, "key value pairs")
        if not text:
            raise EntryError("there is nothing to parse in an empty text")
        quoted = '"' in text or "'" in text
        pairs = _split_quoted(text, pair_delimiter) if quoted else [pair for pair in text.split(pair_delimiter) if pair]
        found: dict[str, Value] = {}
        for pair in pairs:
            key, separator, item = pair.partition(delimiter)
            if not separator:
                raise EntryError(f"cannot split {pair[:100]!r} into 2 items, got 1 item(s)")
            found[key.strip()] = item.strip()
        return found

    return parse


def _split_quoted(text: str, delimiter: str) -> list[str]:
    parts: list[str] = []
    current: list[str] = []
    quote = ""
    escaped = False
    index = 0
    while index < len(text):
        if not quote and text.startswith(delimiter, index):
            if current:
                parts.append("".join(current))
                current = []
            index += len(delimiter)
            continue
        character = text[index]
        index += 1
        if escaped:
            escaped = False
        elif character == quote:
            quote = ""
            continue
        elif not quote and character in "\"'":
            quote = character
            continue
        else:
            escaped = character == "\\"
        current.append(character)
    if quote:
        raise EntryError("never reached the end of a quoted value")
    if current:
        parts.append("".join(current))
    return parts


def parse_uri(value: Value) -> dict[str, Value]:
    """Return scheme, user, host, port, path and query of a URI, an absolute path, or a query that begins with `?`."""
    text = expect_text(value, "URI")
    if text.startswith("?"):
        return _query(text[1:], {})
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise EntryError(f"invalid URI: {error}") from error
    if not text.startswith("/") and not parts.scheme:
        raise EntryError(f"invalid URI for request: {text[:100]!r}")
    path = text.partition("?")[0] if text.startswith("/") else parts.path
    if not text.startswith("/") and not path.startswith("/"):
        path = ""  # what follows a scheme without a slash is no path
    found = {
        "scheme": parts.scheme,
        "user": parts.username or "",
        "host": (parts.hostname or "") if not text.startswith("/") else "",
        "port": str(port) if port is not None else "",
        "path": path,
    }
    return _query(parts.query, {key: item for key, item in found.items() if item})


def _query(text: str, found: dict[str, Value]) -> dict[str, Value]:
    try:
        query = parse_qs(text, keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise EntryError(f"invalid query: {error}") from error
    if query:
        found["query"] = dict(query)
    return found
