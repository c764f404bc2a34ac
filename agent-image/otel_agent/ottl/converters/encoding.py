"""Base64Encode, Base64Decode, Decode: text as other text, and bytes in a character set."""

import base64
import binascii
import codecs
from collections.abc import Callable

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, Value, type_name

Decoder = Callable[[bytes], str]

_BASE64 = {"base64": (b"+/", True), "base64-raw": (b"+/", False), "base64-url": (b"-_", True), "base64-raw-url": (b"-_", False)}
"""By name: the last two digits, and whether `=` fills the last group."""


def encode_base64(target: str, variant: str) -> str:
    """Return the text's UTF-8 in base64."""
    if variant not in _BASE64:
        raise EvaluationError(f"Base64Encode: no variant {variant!r}; known: {', '.join(_BASE64)}")
    digits, padded = _BASE64[variant]
    encoded = base64.b64encode(target.encode(), altchars=digits).decode()
    return encoded if padded else encoded.rstrip("=")


def decode_base64(data: bytes, variant: str) -> bytes:
    """Return what the base64 stands for; ValueError for what is none. Line ends are passed over."""
    digits, padded = _BASE64[variant]
    data = data.replace(b"\r", b"").replace(b"\n", b"")
    if not padded:
        if b"=" in data:
            raise ValueError(f"{variant} has no '='")
        data += b"=" * (-len(data) % 4)
    if digits == b"-_":
        if b"+" in data or b"/" in data:
            raise ValueError(f"{variant} has '-' and '_' in place of '+' and '/'")
        data = data.translate(bytes.maketrans(b"-_", b"+/"))
    if len(data) % 4:
        raise ValueError(f"{len(data)} characters are no {variant}")
    return binascii.a2b_base64(data, strict_mode=bool(data))


def _base64_decoder(variant: str) -> Decoder:
    return lambda data: decode_base64(data, variant).decode(errors="replace")


_UTF8 = ("utf-8", "utf8", "utf-8-raw", "utf8-raw", "ascii", "us-ascii", "nop", "")
_UTF16 = ("utf-16", "utf16")
_IANA = {
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258)},
    **{f"ibm{page}": f"cp{page}" for page in ("037", 437, 850, 852, 855, 858, 860, 862, 863, 865, 866, 1140)},
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "windows-874": "cp874",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "macintosh": "mac-roman",
    "big5": "big5hkscs",
    "euc-jp": "euc-jp",
    "euc-kr": "cp949",
    "gbk": "gbk",
    "gb18030": "gb18030",
    "hz-gb-2312": "hz",
    "iso-2022-jp": "iso-2022-jp",
    "shift_jis": "cp932",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
}
"""Python's codec by the name in IANA's registry, in lower case."""


def decoder_of(encoding: str) -> Decoder:
    """Return the decoder of an encoding's name; ValueError for an unknown one."""
    if encoding in _BASE64:
        return _base64_decoder(encoding)
    name = encoding.lower()
    if name in _UTF8:
        return lambda data: data.decode(errors="replace")
    codec = "utf-16-le" if name in _UTF16 else _IANA.get(name)
    if codec is None:
        raise ValueError(f"unknown encoding {encoding!r}; use one of {', '.join(_BASE64)} or an IANA name such as iso-8859-1")
    decode = codecs.getdecoder(codec)
    return lambda data: decode(data, "replace")[0]


def decode(target: Value, decoder: Decoder) -> str:
    """Return what the bytes, or the text's UTF-8, stand for; bytes that stand for nothing become U+FFFD."""
    if isinstance(target, str):
        target = target.encode()
    if not isinstance(target, bytes):
        raise EvaluationError(f"Decode: expected string or bytes but got {type_name(target)}")
    try:
        return decoder(target)
    except ValueError as error:
        raise EvaluationError(f"Decode: {error}") from error


def _from_base64(target: str) -> str:
    try:
        return decode_base64(target.encode(), "base64").decode(errors="replace")
    except ValueError as error:
        raise EvaluationError(f"Base64Decode: {error}") from error


_TARGET = Parameter("target", Kind.STRING)

FUNCTIONS: tuple[Function, ...] = (
    Function("Base64Encode", (_TARGET, Parameter("variant", Kind.STRING, optional=True, default="base64")), encode_base64),
    Function("Base64Decode", (_TARGET,), _from_base64),
    Function("Decode", (Parameter("target"), Parameter("encoding", Kind.STRING, compiled=decoder_of)), decode),
)
