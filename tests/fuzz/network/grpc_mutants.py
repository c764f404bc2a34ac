"""Hostile OTLP/gRPC calls: messages, prefixes, packing, metadata, frames, and connections that break HTTP/2."""

import struct
from collections.abc import Callable
from random import Random

from tests.fuzz.network import frames
from tests.fuzz.network.bodies import Corpus, damaged, pack
from tests.fuzz.network.frames import EXPORT, block, frame, literal, message, post
from tests.fuzz.network.mutant import CLOSED, EXHAUSTED, GRPC_LIMIT, GRPC_OK, INVALID, Mutant, grpc_verdict
from tests.fuzz.network.oracle import SIGNALS, Refused, TooLarge, unpack

UNIMPLEMENTED = frozenset({12})
MALFORMED = frozenset({3, 13})
"""InvalidArgument by us, Internal by grpcio and Go: the frame around the message is broken."""
_NO_CALL = frozenset({3, 8, 12, 13, 400, 404, 405, 415, 431, CLOSED})
"""To what is no proper call: any refusal, by gRPC or HTTP, or none, but never success."""
_PLAIN = {signal: post(path) for signal, path in EXPORT.items()}


class GrpcMutants:
    """Makes calls of one epoch. `encodings` are those that the front end takes; kinds in `leave_out` are not made."""

    def __init__(self, corpus: Corpus, encodings: tuple[str, ...], leave_out: frozenset[str] = frozenset()) -> None:
        self._corpus = corpus
        self._leave_out = leave_out
        self._encodings = encodings
        self._packed = {
            (signal, name): post(path, (b"grpc-encoding", name.encode())) for signal, path in EXPORT.items() for name in encodings
        }

    def batch(self, random: Random, size: int) -> list[Mutant]:
        """Return calls for one connection, which only the last one may end."""
        made = [self._survivable(random) for _ in range(size)]
        dice = random.random()
        if dice < 0.1:
            made[-1] = self._oversized(random)
        elif dice < 0.5:
            made[-1] = self._broken(random)
        return made

    def _survivable(self, random: Random) -> Mutant:
        while True:
            made = self._any(random)
            if made.kind not in self._leave_out:
                return made

    def _any(self, random: Random) -> Mutant:
        signal = random.choice(SIGNALS)
        kind, body = self._corpus.protobuf(random, signal)
        dice = random.random()
        if dice < 0.7:
            expected, items = grpc_verdict(signal, body)
            return Mutant(kind, expected, items, message(body), _PLAIN[signal])
        if dice < 0.82:
            return self._pack(random, signal, kind, body)
        if dice < 0.825:
            return self._bomb(random, signal)
        if dice < 0.9:
            return self._misframed(random, signal, body)
        return self._metadata(random, signal, body)

    def _pack(self, random: Random, signal: str, kind: str, body: bytes) -> Mutant:
        encoding = random.choice(self._encodings)
        packed = pack(random, encoding, body)
        dice = random.random()
        if dice < 0.45:
            kind, packed = f"{encoding} damaged", damaged(random, packed)
        else:
            kind = f"{encoding} of {kind}"
        return self._unpacked(signal, kind, encoding, packed)

    def _unpacked(self, signal: str, kind: str, encoding: str, packed: bytes) -> Mutant:
        try:
            expected, items = grpc_verdict(signal, unpack(encoding, packed, GRPC_LIMIT))
        except TooLarge:
            expected, items = EXHAUSTED, 0
        except Refused:
            expected, items = INVALID, 0
        return Mutant(kind, expected, items, message(packed, 1), self._packed[signal, encoding])

    def _bomb(self, random: Random, signal: str) -> Mutant:
        encoding = random.choice(self._encodings)
        packed = pack(random, encoding, bytes(random.choice((GRPC_LIMIT, GRPC_LIMIT + 1, 8 * GRPC_LIMIT))))
        return self._unpacked(signal, f"{encoding} bomb", encoding, packed)

    def _misframed(self, random: Random, signal: str, body: bytes) -> Mutant:
        kind = random.randrange(9)
        head = _PLAIN[signal]
        lie = random.choice((1, 2, 255, 1000))
        if kind == 0:
            return Mutant("length larger than the message", MALFORMED, 0, message(body, 0, len(body) + lie), head)
        if kind == 1:
            return Mutant("length smaller than the message", MALFORMED, 0, message(body + b"ab", 0, len(body) + 1), head)
        if kind == 2:
            length = random.choice((GRPC_LIMIT + 1, 2**31, 2**32 - 1))
            return Mutant("length over the limit", EXHAUSTED, 0, message(body, 0, length), head)
        if kind == 3:
            return Mutant("no message", MALFORMED, 0, b"", head)
        if kind == 4:
            return Mutant("part of a prefix", MALFORMED, 0, message(body)[: random.randrange(1, 5)], head)
        if kind == 5:
            return Mutant("two messages", MALFORMED | UNIMPLEMENTED, 0, message(body) + message(body), head)
        if kind == 6:
            return Mutant("packed without saying how", MALFORMED, 0, message(body, 1), head)
        if kind == 7:
            flag = random.choice((2, 3, 128, 255))
            packed = pack(random, self._encodings[0], body)
            return Mutant("a flag that is none", MALFORMED, 0, message(packed, flag), self._packed[signal, self._encodings[0]])
        encoding = random.choice((b"br", b"x" * 200, b"GZIP", b"\xff"))
        return Mutant(
            "packed in a way unknown", MALFORMED | UNIMPLEMENTED, 0, message(body, 1), head + literal(b"grpc-encoding", encoding)
        )

    def _metadata(self, random: Random, signal: str, body: bytes) -> Mutant:
        name = random.choice(list(_CALLS))
        change, status = _CALLS[name]
        expected, items = grpc_verdict(signal, body) if status == GRPC_OK else (status, 0)
        return Mutant(name, expected, items, message(body), change(signal))

    def _oversized(self, random: Random) -> Mutant:
        signal = random.choice(SIGNALS)
        body = bytes(GRPC_LIMIT + random.choice((1, GRPC_LIMIT)))
        if random.random() < 0.5:
            return Mutant("too large", EXHAUSTED, 0, message(body), _PLAIN[signal], alone=True)
        wire = message(body, 0, 10)
        return Mutant("too large behind a small length", EXHAUSTED | MALFORMED, 0, wire, _PLAIN[signal], alone=True)

    def _broken(self, random: Random) -> Mutant:
        name = random.choice([name for name in _BROKEN if name not in self._leave_out])
        chunks, expected = _BROKEN[name]
        return Mutant(name, expected, 0, alone=True, chunks=chunks)


def _fields(signal: str, **changed: bytes) -> bytes:
    """A call's headers, some of them changed; `name_` is `:name`, and an empty value leaves a header out."""
    fields = {
        b":method": b"POST", b":scheme": b"http", b":path": EXPORT[signal], b":authority": b"x",
        b"content-type": b"application/grpc", b"te": b"trailers",
    }  # fmt: skip
    for key, value in changed.items():
        fields[(f":{key[:-1]}" if key.endswith("_") else key.replace("_", "-")).encode()] = value
    return block(*((name, value) for name, value in fields.items() if value))


_CALLS: dict[str, tuple[Callable[[str], bytes], frozenset[int]]] = {
    "unknown method": (lambda signal: _fields(signal, path_=EXPORT[signal] + b"s"), UNIMPLEMENTED),
    "unknown service": (lambda signal: _fields(signal, path_=b"/grpc.health.v1.Health/Check"), UNIMPLEMENTED),
    "a path of one part": (lambda signal: _fields(signal, path_=b"/" + b"a" * 900), UNIMPLEMENTED),
    "GET": (lambda signal: _fields(signal, method_=b"GET"), _NO_CALL),
    "PUT": (lambda signal: _fields(signal, method_=b"PUT"), _NO_CALL),
    "another content type": (lambda signal: _fields(signal, content_type=b"text/html"), _NO_CALL),
    "content type of grpc-web": (lambda signal: _fields(signal, content_type=b"application/grpc-web"), _NO_CALL),
    "no content type": (lambda signal: _fields(signal, content_type=b""), _NO_CALL),
    "content type with +proto": (lambda signal: _fields(signal, content_type=b"application/grpc+proto"), GRPC_OK),
    "a deadline far away": (lambda signal: _fields(signal, grpc_timeout=b"99999999H"), GRPC_OK),
    "metadata of many bytes": (lambda signal: _fields(signal, x_long=b"y" * 4000), GRPC_OK),
    "metadata in base64": (lambda signal: _fields(signal, x_bin=b"AAEC"), GRPC_OK),
    "40 headers": (lambda signal: _fields(signal) + b"".join(literal(b"x-%d" % n, b"y") for n in range(40)), GRPC_OK),
}


_CALL = _PLAIN["logs"]


def _head(flags: int, block_: bytes, stream: int = 1) -> bytes:
    return frame(frames.HEADERS, flags, stream, block_)


def _window(size: int) -> bytes:
    return frame(frames.WINDOW_UPDATE, 0, 0, struct.pack(">I", size))


_OPEN = _head(frames.END_HEADERS, _CALL)
_PART = frame(frames.DATA, 0, 1, message(b"", 0, 100))
_WHOLE = frames.END_STREAM | frames.END_HEADERS
_LONG = frame(frames.CONTINUATION, 0, 1, literal(b"a" * 20, b"b" * 8000))
_ENDS: dict[str, list[bytes]] = {
    "DATA on no stream": [frame(frames.DATA, 0, 0, b"x")],
    "DATA on an idle stream": [frame(frames.DATA, 0, 9, b"x")],
    "HEADERS on stream 0": [_head(_WHOLE, _CALL, 0)],
    "HEADERS on an even stream": [_head(_WHOLE, _CALL, 2)],
    "HEADERS broken off": [_head(0, _CALL), frame(frames.PING, 0, 0, bytes(8))],
    "CONTINUATION of nothing": [frame(frames.CONTINUATION, frames.END_HEADERS, 1)],
    "a broken header block": [_head(_WHOLE, b"\xff" * 9)],
    "an index beyond the table": [_head(_WHOLE, b"\xfe")],
    "a frame longer than allowed": [b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + bytes(4_000_000)],
    "SETTINGS of a wrong length": [frame(frames.SETTINGS, 0, 0, b"12345")],
    "SETTINGS on a stream": [frame(frames.SETTINGS, 0, 1)],
    "SETTINGS with too large a window": [frame(frames.SETTINGS, 0, 0, struct.pack(">HI", frames.INITIAL_WINDOW, 2**31))],
    "PING of a wrong length": [frame(frames.PING, 0, 0, b"1")],
    "WINDOW_UPDATE of 0": [_window(0)],
    "WINDOW_UPDATE over the top": [_window(2**31 - 1)] * 2,
    "RST_STREAM of an idle stream": [frame(frames.RST_STREAM, 0, 7, bytes(4))],
    "PUSH_PROMISE": [frame(frames.PUSH_PROMISE, frames.END_HEADERS, 1, bytes(4))],
    "padding longer than the frame": [_OPEN, frame(frames.DATA, frames.PADDED, 1, b"\xffab")],
    "GOAWAY and no more": [frame(frames.GOAWAY, 0, 0, bytes(8))],
    "a preface twice": [frames.PREFACE],
    "noise": [bytes(range(256)) * 4],
    "a stream that is reset": [_OPEN, _PART, frame(frames.RST_STREAM, 0, 1, b"\0\0\0\x08")],
    "a call that is never ended": [_OPEN, _PART],
}
"""Frames on a fresh connection after which nothing is said to a call."""
_REFUSED: dict[str, list[bytes]] = {
    "no path": [_head(_WHOLE, block((b":method", b"POST"), (b":scheme", b"http")))],
    "capitals in a name": [_head(_WHOLE, _CALL + literal(b"X-Y", b"z"))],
    "a header of HTTP/1": [_head(_WHOLE, _CALL + literal(b"connection", b"close"))],
    "a pseudo header at the end": [_head(_WHOLE, literal(b"a", b"b") + _CALL)],
    "a header list too large": [_head(frames.END_STREAM, _CALL), *[_LONG] * 8, frame(frames.CONTINUATION, frames.END_HEADERS, 1)],
    "a length that lies": [
        _head(frames.END_HEADERS, _CALL + literal(b"content-length", b"1")),
        frame(frames.DATA, frames.END_STREAM, 1, message(b"")),
    ],
}
"""The same, after which a call may be refused or reset."""
_BROKEN = {name: (chunks, frozenset({CLOSED})) for name, chunks in _ENDS.items()} | {
    name: (chunks, _NO_CALL) for name, chunks in _REFUSED.items()
}
