"""Text and characters in quotes, as Go's strconv writes them: with escapes for what cannot be printed."""

_SHORT = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}


def _shown(character: str, quote: str, ascii_only: bool) -> str:
    if character == quote:
        return f"\\{quote}"
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if character == " " or (character.isprintable() and (code < 0x80 or not ascii_only)):
        return character
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quoted(text: str, ascii_only: bool = False, raw: bool = False) -> str:
    """Return the text in double quotes; with `raw` in backquotes where the text can stand in them."""
    if raw and all(character == "\t" or (character not in "`\x7f\ufeff" and character >= " ") for character in text):
        return f"`{text}`"
    return '"' + "".join(_shown(character, '"', ascii_only) for character in text) + '"'


def quoted_character(character: str, ascii_only: bool = False) -> str:
    """Return one character in single quotes."""
    return f"'{_shown(character, chr(39), ascii_only)}'"
