"""HTTP/2 frames and header blocks as bytes, right or wrong."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 32
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME = range(1, 6)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame; its length is the payload's."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(**values: int) -> bytes:
    """A SETTINGS frame of values named as above in lower case."""
    numbers = {name.lower(): globals()[name] for name in ("HEADER_TABLE_SIZE", "ENABLE_PUSH", "INITIAL_WINDOW", "MAX_FRAME")}
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", numbers[name], value) for name, value in values.items()))


def literal(name: bytes, value: bytes) -> bytes:
    """A header field that touches no table and is not packed."""
    return b"\x00" + _length(name) + name + _length(value) + value


def _length(text: bytes) -> bytes:
    size = len(text)
    if size < 127:
        return bytes([size])
    size -= 127
    out = bytearray([127])
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)
    return bytes(out)


def block(*fields: tuple[bytes, bytes]) -> bytes:
    """A header block."""
    return b"".join(literal(name, value) for name, value in fields)


def message(body: bytes, flag: int = 0, length: int | None = None) -> bytes:
    """A gRPC message with its prefix, whose length may lie."""
    return struct.pack(">BI", flag, len(body) if length is None else length & 0xFFFFFFFF) + body


def post(path: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """The header block of a gRPC call."""
    return block(
        (b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", b"x"),
        (b"content-type", b"application/grpc"), (b"te", b"trailers"), *more,
    )  # fmt: skip


EXPORT = {
    signal: f"/opentelemetry.proto.collector.{package}.v1.{service}Service/Export".encode()
    for signal, package, service in (("traces", "trace", "Trace"), ("metrics", "metrics", "Metrics"), ("logs", "logs", "Logs"))
}
"""Path of each signal's method."""
