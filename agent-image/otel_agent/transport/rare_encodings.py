"""Content encodings that few use: zstd, lz4 and snappy, by cramjam. Tables for `content_encoding`, which others import."""

from collections.abc import Callable
from typing import Any, Protocol

import cramjam

from otel_agent.transport.content_encoding import BodyTooLarge, MalformedBody

_ZSTD_LEVEL = 3
_SNAPPY_FRAMED = b"\xff\x06\x00\x00sNaPpY"
_FIRST_GUESS = 8
"""Unpacked size over packed size that telemetry seldom exceeds."""
_SMALLEST_BUFFER = 64 * 1024
_NO_ROOM = "failed to write whole buffer"
"""What cramjam says when the output buffer is full."""


class _Codec(Protocol):
    def decompress_into(self, data: bytes, output: bytearray) -> int: ...


def _unpack_into_buffer(codec: _Codec, data: bytes, limit: int) -> bytes:
    """Unpack with a codec that fills a given buffer; the buffer grows up to the limit, and unpacking starts over."""
    size = min(max(_FIRST_GUESS * len(data), _SMALLEST_BUFFER), limit)
    while True:
        buffer = bytearray(size)
        try:
            written = codec.decompress_into(data, buffer)
        except cramjam.DecompressionError as error:
            if _NO_ROOM not in str(error):
                raise MalformedBody(str(error)) from error
            if size == limit:
                raise BodyTooLarge(limit) from error
            size = min(size * _FIRST_GUESS, limit)
        else:
            return bytes(memoryview(buffer)[:written])


def _unpack_snappy(data: bytes, limit: int) -> bytes:
    """Unpack framed or block format, whichever it is; nothing at all is no frames."""
    if not data:
        return b""
    if data.startswith(_SNAPPY_FRAMED):
        return _unpack_into_buffer(cramjam.snappy, data, limit)
    try:
        size = cramjam.snappy.decompress_raw_len(data)
        if size > limit:
            raise BodyTooLarge(limit)
        return bytes(cramjam.snappy.decompress_raw(data))
    except cramjam.DecompressionError as error:
        raise MalformedBody(str(error)) from error


def _bytes(buffer: Any) -> bytes:
    return bytes(buffer)


UNPACK: dict[str, Callable[[bytes, int], bytes]] = {
    "zstd": lambda data, limit: _unpack_into_buffer(cramjam.zstd, data, limit),
    "lz4": lambda data, limit: _unpack_into_buffer(cramjam.lz4, data, limit),
    "snappy": _unpack_snappy,
    "x-snappy-framed": _unpack_snappy,
}
"""By Content-Encoding: body and limit to what it holds; raises as `content_encoding.decompress` does."""

PACK: dict[str, Callable[[bytes, int], bytes]] = {
    "zstd": lambda data, level: _bytes(cramjam.zstd.compress(data, level if level > 0 else _ZSTD_LEVEL)),
    "lz4": lambda data, _: _bytes(cramjam.lz4.compress(data)),
    "snappy": lambda data, _: _bytes(cramjam.snappy.compress_raw(data)),
    "x-snappy-framed": lambda data, _: _bytes(cramjam.snappy.compress(data)),
}
"""By Content-Encoding: body and level to the packed body."""
