"""UUID, UUIDv7, TraceID, SpanID, ProfileID: identifiers, made or read."""

import binascii
import secrets
import time
import uuid

from otel_agent.ottl.function import Function, Kind, Parameter

_TRACE_BYTES, _SPAN_BYTES = 16, 8


def uuid4() -> str:
    """Return a random UUID."""
    return str(uuid.uuid4())


def uuid7() -> str:
    """Return a UUID of version 7 (RFC 9562): 48 bits of milliseconds since 1970, the rest random."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62))


def _same(value: bytes) -> bytes:
    return value


def _id(name: str, size: int) -> Function:
    def compiled(target: bytes | None) -> bytes:
        data = target or b""
        if len(data) == size:
            return data
        if len(data) != size * 2:
            raise ValueError(f"{name}: expected {size} bytes or {size * 2} hex digits, not {len(data)} bytes")
        try:
            return binascii.unhexlify(data)
        except ValueError as error:
            raise ValueError(f"{name}: the {size * 2} characters are no hex digits") from error

    return Function(name, (Parameter("target", Kind.BYTES_LIKE, compiled=compiled),), _same)


FUNCTIONS: tuple[Function, ...] = (
    Function("UUID", (), uuid4, pure=False),
    Function("UUIDv7", (), uuid7, pure=False),
    _id("TraceID", _TRACE_BYTES),
    _id("SpanID", _SPAN_BYTES),
    _id("ProfileID", _TRACE_BYTES),
)
