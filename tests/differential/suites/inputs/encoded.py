"""Bytes and text in encodings."""

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random
from typing import Any

from tests.differential.generating import text

Make = Callable[[Random], Any]


BASE64 = ("base64", "base64-raw", "base64-url", "base64-raw-url")


def base64_text(random: Random) -> str:
    """Base64 of text in one of the variants, sometimes cut or broken in a way that gives no bytes."""
    data = text(random).encode()
    encoded = random.choice((base64.b64encode, base64.urlsafe_b64encode))(data).decode()
    encoded = random.choice((encoded, encoded.rstrip("=")))
    return random.choice(
        (encoded, encoded, encoded, encoded + "=", encoded + "!", "\n".join(encoded), " " + encoded, encoded + "\r\n")
    )


CHARSETS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "latin-1",
    "ISO-8859-15": "iso8859-15",
    "windows-1252": "cp1252",
    "windows-1251": "cp1251",
    "koi8-r": "koi8-r",
    "shift_jis": "shift_jis",
    "euc-jp": "euc-jp",
    "gbk": "gbk",
    "gb18030": "gb18030",
    "big5": "big5",
    "euc-kr": "euc-kr",
    "iso-2022-jp": "iso-2022-jp",
    "macintosh": "mac-roman",
    "us-ascii": "ascii",
    "ibm437": "cp437",
}


def bytes_in(codec: str) -> Make:
    """Make bytes of a character set."""
    words = ("", "plain", "naïve", "日本語", "ünïcödé", "привет", "한국어", "€5", "中文", "line\r\nend")

    def make(random: Random) -> bytes:
        return random.choice(words).encode(codec, "ignore")

    return make


def encoding_name(random: Random) -> str:
    """Names of encodings, some of them unknown."""
    return random.choice(("utf8", "UTF-8", "latin1", "nonsense", "", "nop", "ascii", "base64", "cp1252", "ISO-8859-1"))
