"""Content encodings of HTTP bodies and gRPC messages. Unpacking never makes more than the allowed number of bytes."""

import io
import zlib
from collections.abc import Callable
from types import ModuleType

from isal import igzip, igzip_lib, isal_zlib

_GZIP_BITS = 31
_GZIP_FLAGS_AT = 3
_GZIP_RESERVED = 0xE0
_ZLIB_BITS = 15
_HUFFMAN_ONLY = -2
_ISAL_LEVEL = 1


class BodyTooLarge(Exception):
    """A body, packed or unpacked, has more bytes than allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"request body is larger than the {limit} bytes allowed")


class MalformedBody(Exception):
    """A packed body is broken or ends too soon."""


def decompress(encoding: str, data: bytes, limit: int) -> bytes:
    """Unpack a whole body; `encoding` is a Content-Encoding value in lower case, "" or "identity" for none.

    Raises `BodyTooLarge` when the result would exceed `limit` bytes, `MalformedBody` when it is broken or cut off,
    LookupError for an encoding we do not have.
    """
    unpacked = (_UNPACK.get(encoding) or _rare().UNPACK[encoding])(data, limit)
    if len(unpacked) > limit:
        raise BodyTooLarge(limit)
    return unpacked


def compress(encoding: str, data: bytes, level: int = 0) -> bytes:
    """Pack a body; levels 0 and -1 mean our default, which favours speed. LookupError for an encoding we do not have."""
    return (_PACK.get(encoding) or _rare().PACK[encoding])(data, level)


def unpack_grpc_message(message: bytes, limit: int) -> bytes:
    """Unpack a gRPC message whose compression is known by its first bytes only; raises as `decompress` does.

    grpcio can hand over compressed messages as they came, but not say which they are. No export request starts like gzip or
    zlib: it would start with field 3 of an invalid wire type, or with field 15, which no request has.
    """
    if message[:2] == b"\x1f\x8b":
        return decompress("gzip", message, limit)
    if message[:1] == b"\x78" and int.from_bytes(message[:2], "big") % 31 == 0:
        return decompress("zlib", message, limit)
    return decompress("", message, limit)


def _rare() -> ModuleType:
    from otel_agent.transport import rare_encodings  # 1.5 MB that most collectors never need

    return rare_encodings


def _plain(data: bytes, _: int) -> bytes:
    return data


def _inflate(data: bytes, limit: int, bits: int) -> bytes:
    if bits == _GZIP_BITS and len(data) > _GZIP_FLAGS_AT and data[_GZIP_FLAGS_AT] & _GZIP_RESERVED:
        raise MalformedBody("reserved flags in the header of compressed data")  # which isal does not look at
    stream = isal_zlib.decompressobj(wbits=bits)
    try:
        first: bytes = stream.decompress(data, limit + 1)
    except igzip_lib.IsalError as error:  # type: ignore[misc] # its stub calls the class an instance
        raise MalformedBody(str(error)) from error
    if len(first) > limit:
        return first
    if not stream.eof:
        raise MalformedBody("unexpected end of compressed data")
    if bits == _GZIP_BITS and stream.unused_data:
        return first + _inflate_members(stream.unused_data, limit + 1 - len(first))
    return first


def _inflate_members(data: bytes, most: int) -> bytes:
    """Unpack the gzip members behind the first one, in time proportional to the data however many there are."""
    try:
        rest: bytes = igzip.IGzipFile(fileobj=io.BytesIO(data)).read(most)
    except (OSError, EOFError, igzip_lib.IsalError) as error:  # type: ignore[misc] # as above
        raise MalformedBody(str(error)) from error
    return rest


def _deflate(data: bytes, level: int, bits: int) -> bytes:
    if level in (0, -1):
        packed: bytes = isal_zlib.compress(data, _ISAL_LEVEL, bits)
        return packed
    strategy = zlib.Z_HUFFMAN_ONLY if level == _HUFFMAN_ONLY else zlib.Z_DEFAULT_STRATEGY
    stream = zlib.compressobj(max(level, 1), zlib.DEFLATED, bits, zlib.DEF_MEM_LEVEL, strategy)
    return stream.compress(data) + stream.flush()


_UNPACK: dict[str, Callable[[bytes, int], bytes]] = {
    "": _plain,
    "identity": _plain,
    "gzip": lambda data, limit: _inflate(data, limit, _GZIP_BITS),
    "zlib": lambda data, limit: _inflate(data, limit, _ZLIB_BITS),
    "deflate": lambda data, limit: _inflate(data, limit, _ZLIB_BITS),
}

_PACK: dict[str, Callable[[bytes, int], bytes]] = {
    "": _plain,
    "none": _plain,
    "gzip": lambda data, level: _deflate(data, level, _GZIP_BITS),
    "zlib": lambda data, level: _deflate(data, level, _ZLIB_BITS),
    "deflate": lambda data, level: _deflate(data, level, _ZLIB_BITS),
}
