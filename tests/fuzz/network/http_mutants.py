"""Hostile OTLP/HTTP requests: bodies, encodings, sizes, heads and framing."""

from random import Random

from tests.fuzz.network.bodies import Corpus, damaged, pack
from tests.fuzz.network.mutant import BAD, CLOSED, HTTP_LIMIT, Mutant, http_verdict
from tests.fuzz.network.oracle import SIGNALS, Refused, unpack

ENCODINGS = ("gzip", "zlib", "deflate", "zstd", "snappy", "x-snappy-framed", "lz4")
REFUSED_HEAD = frozenset({400, 404, 405, 413, 414, 415, 431, 501, 505, CLOSED})
"""To a head that breaks the rules of HTTP: never success."""
_BIG = HTTP_LIMIT + 1


class HttpMutants:
    """Makes requests of one epoch; `json` chooses the encoding, kinds in `leave_out` are not made."""

    def __init__(self, corpus: Corpus, json: bool, leave_out: frozenset[str] = frozenset()) -> None:
        self._corpus = corpus
        self._leave_out = leave_out
        self._misdirections = [name for name in _MISDIRECTED if name not in leave_out]
        self._breaks = [name for name in _BROKEN if name not in leave_out]
        self._json = json
        self._media_type = b"application/json" if json else b"application/x-protobuf"

    def batch(self, random: Random, size: int) -> list[Mutant]:
        """Return requests for one connection, which only the last one may end."""
        made = [self._survivable(random) for _ in range(size)]
        if random.random() < 0.6:
            made[-1] = self._last(random)
        return made

    def _body(self, random: Random) -> tuple[str, str, bytes]:
        signal = random.choice(SIGNALS)
        kind, body = (self._corpus.json if self._json else self._corpus.protobuf)(random, signal)
        return signal, kind, body

    def _survivable(self, random: Random) -> Mutant:
        while True:
            made = self._any(random)
            if made.kind not in self._leave_out:
                return made

    def _any(self, random: Random) -> Mutant:
        dice = random.random()
        signal, kind, body = self._body(random)
        if dice < 0.72:
            return self._plain(signal, kind, body)
        if dice < 0.84:
            return self._packed(random, signal, kind, body)
        if dice < 0.845:
            return self._bomb(random, signal)
        if dice < 0.92:
            return self._chunked(random, signal, kind, body)
        return self._misdirected(random, signal, body)

    def _head(self, signal: str, length: int, extra: bytes = b"") -> bytes:
        return b"POST /v1/%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n" % (
            signal.encode(), self._media_type, length, extra,
        )  # fmt: skip

    def _plain(self, signal: str, kind: str, body: bytes) -> Mutant:
        expected, items = http_verdict(signal, body, self._json)
        return Mutant(kind, expected, items, self._head(signal, len(body)) + body)

    def _packed(self, random: Random, signal: str, kind: str, body: bytes) -> Mutant:
        encoding = random.choice(ENCODINGS)
        packed = pack(random, encoding, body)
        dice = random.random()
        if dice < 0.5:
            kind = f"{encoding} damaged"
            packed = damaged(random, packed)
        elif dice < 0.55:
            kind, packed = f"{encoding} that is none", body
        else:
            kind = f"{encoding} of {kind}"
        return self._unpacked(signal, kind, encoding, packed, random.random() < 0.1)

    def _unpacked(self, signal: str, kind: str, encoding: str, packed: bytes, upper: bool = False) -> Mutant:
        try:
            expected, items = http_verdict(signal, unpack(encoding, packed, HTTP_LIMIT), self._json)
        except Refused:
            expected, items = BAD, 0
        name = (encoding.upper() if upper else encoding).encode()
        return Mutant(kind, expected, items, self._head(signal, len(packed), b"Content-Encoding: %s\r\n" % name) + packed)

    def _bomb(self, random: Random, signal: str) -> Mutant:
        encoding = random.choice(ENCODINGS)
        content = bytes(random.choice((HTTP_LIMIT, _BIG, 8 * HTTP_LIMIT)))
        packed = pack(random, encoding, content)
        if len(packed) > HTTP_LIMIT:
            packed = packed[:HTTP_LIMIT]
        return self._unpacked(signal, f"{encoding} bomb", encoding, packed)

    def _chunked(self, random: Random, signal: str, kind: str, body: bytes) -> Mutant:
        head = b"POST /v1/%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
        parts: list[bytes] = []
        at = 0
        while at < len(body):
            size = random.choice((1, 7, 100, 5_000)) if len(parts) < 30 else len(body)
            part = body[at : at + size]
            parts.append(b"%x\r\n%s\r\n" % (len(part), part))
            at += size
        expected, items = http_verdict(signal, body, self._json)
        wire = head % (signal.encode(), self._media_type) + b"".join(parts) + b"0\r\n\r\n"
        return Mutant(f"chunks of {kind}", expected, items, wire)

    def _misdirected(self, random: Random, signal: str, body: bytes) -> Mutant:
        """Well-formed HTTP that is no export request of this port, or one with unusual headers."""
        path, name = f"/v1/{signal}".encode(), random.choice(self._misdirections)
        method, target, headers, status = _MISDIRECTED[name]
        expected, items = http_verdict(signal, body, self._json) if status == 200 else (frozenset({status}), 0)
        fields = headers.replace(b"%TYPE", self._media_type)
        head = b"%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n" % (
            method, target.replace(b"%PATH", path), fields, len(body),
        )  # fmt: skip
        return Mutant(name, expected, items, head + body, bodiless=method == b"HEAD")

    def _last(self, random: Random) -> Mutant:
        dice = random.random()
        signal, _, body = self._body(random)
        if dice < 0.1:
            return self._oversized(random, signal)
        if dice < 0.3:
            return self._cut_off(random, signal, body)
        name = random.choice(self._breaks)
        wire = _BROKEN[name].replace(b"%PATH", b"/v1/" + signal.encode()).replace(b"%TYPE", self._media_type)
        return Mutant(name, REFUSED_HEAD, 0, wire, alone=True, half_close=True)

    def _oversized(self, random: Random, signal: str) -> Mutant:
        content = b" " * random.choice((_BIG, 2 * _BIG))
        if random.random() < 0.5:
            return Mutant("too large by its length", BAD, 0, self._head(signal, len(content)) + content, alone=True)
        head = self._head(signal, 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        chunk = b"4000\r\n" + content[:0x4000] + b"\r\n"
        count = len(content) // 0x4000 + 1
        return Mutant("too large in chunks", BAD, 0, head + chunk * count + b"0\r\n\r\n", alone=True)

    def _cut_off(self, random: Random, signal: str, body: bytes) -> Mutant:
        """Less than was announced, then nothing more: whatever the bytes are, it is not taken."""
        missing = random.choice((1, 2, 100, 10**6, 2**63))
        expected = BAD | {CLOSED}
        if random.random() < 0.5:
            wire = self._head(signal, len(body) + missing) + body
            return Mutant("body cut off", expected, 0, wire, alone=True, half_close=True)
        head = self._head(signal, 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        end = random.choice((b"", b"0", b"0\r\n", b"5\r\nab"))
        return Mutant("chunks cut off", expected, 0, head + b"%x\r\n%s\r\n" % (max(len(body), 1), body or b" ") + end,
                      alone=True, half_close=True)  # fmt: skip


_TYPE = b"Content-Type: %TYPE\r\n"
_MISDIRECTED: dict[str, tuple[bytes, bytes, bytes, int]] = {
    "unknown path": (b"POST", b"/v1/profiles", _TYPE, 404),
    "path with a slash more": (b"POST", b"%PATH/", _TYPE, 404),
    "path in capitals": (b"POST", b"/V1/TRACES", _TYPE, 404),
    "path with dots": (b"POST", b"/v1/../%PATH", _TYPE, 404),
    "long path": (b"POST", b"/" + b"a" * 4000, _TYPE, 404),
    "path with a query": (b"POST", b"%PATH?a=b&c", _TYPE, 200),
    "PUT": (b"PUT", b"%PATH", _TYPE, 405),
    "GET with a body": (b"GET", b"%PATH", _TYPE, 405),
    "DELETE": (b"DELETE", b"%PATH", _TYPE, 405),
    "HEAD": (b"HEAD", b"%PATH", _TYPE, 405),
    "OPTIONS": (b"OPTIONS", b"%PATH", _TYPE, 405),
    "a method of its own": (b"MUTATE", b"%PATH", _TYPE, 405),
    "no content type": (b"POST", b"%PATH", b"", 415),
    "empty content type": (b"POST", b"%PATH", b"Content-Type:\r\n", 415),
    "text": (b"POST", b"%PATH", b"Content-Type: text/plain\r\n", 415),
    "gRPC's content type": (b"POST", b"%PATH", b"Content-Type: application/grpc\r\n", 415),
    "content type with parameters": (b"POST", b"%PATH", b"Content-Type: %TYPE; a=b; c=\"d\"\r\n", 200),
    "unknown encoding": (b"POST", b"%PATH", _TYPE + b"Content-Encoding: br\r\n", 400),
    "two encodings": (b"POST", b"%PATH", _TYPE + b"Content-Encoding: gzip, gzip\r\n", 400),
    "encoding that is no text": (b"POST", b"%PATH", _TYPE + b"Content-Encoding: \xe9\r\n", 400),
    "identity": (b"POST", b"%PATH", _TYPE + b"Content-Encoding: identity\r\n", 200),
    "many headers": (b"POST", b"%PATH", _TYPE + b"".join(b"X-%d: y\r\n" % number for number in range(55)), 200),
    "a long header": (b"POST", b"%PATH", _TYPE + b"X-Long: " + b"y" * 7000 + b"\r\n", 200),
    "bytes in a header": (b"POST", b"%PATH", _TYPE + b"X-Bytes: \xff\xfe\x80\r\n", 200),
    "leave to go on": (b"POST", b"%PATH", _TYPE + b"Expect: 100-continue\r\n", 200),
}  # fmt: skip
"""Method, path, headers, status; 200 stands for whatever the body asks for."""

_POST = b"POST %PATH HTTP/1.1\r\nHost: x\r\nContent-Type: %TYPE\r\n"
_BROKEN = {
    "noise": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no version": b"POST %PATH\r\n\r\n",
    "another protocol": b"POST %PATH RTSP/1.0\r\nHost: x\r\n\r\n",
    "HTTP/3.0": b"POST %PATH HTTP/3.0\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "a space in a header's name": _POST + b"X Y: z\r\nContent-Length: 0\r\n\r\n",
    "a space before a colon": _POST + b"Content-Length : 0\r\n\r\n",
    "NUL in a header": _POST + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "a bare line feed in a value": _POST + b"X: a\rb\r\nContent-Length: 0\r\n\r\n",
    "negative length": _POST + b"Content-Length: -1\r\n\r\n",
    "signed length": _POST + b"Content-Length: +5\r\n\r\n     ",
    "hexadecimal length": _POST + b"Content-Length: 0x5\r\n\r\n     ",
    "endless length": _POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "two lengths": _POST + b"Content-Length: 1\r\nContent-Length: 5\r\n\r\n     ",
    "a list of lengths": _POST + b"Content-Length: 1, 5\r\n\r\n     ",
    "chunk of no number": _POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
    "chunk of negative size": _POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
    "endless chunk": _POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "chunk longer than its size": _POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabcdef\r\n0\r\n\r\n",
    "unknown transfer encoding": _POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "chunked is not last": _POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "too many headers": _POST + b"".join(b"X-%d: y\r\n" % number for number in range(3000)) + b"Content-Length: 0\r\n\r\n",
    "too long a header": _POST + b"X: " + b"y" * 300_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "too long a path": b"POST /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "half a head": _POST + b"X-Half: ",
    "nothing but lines": b"\r\n" * 50,
    "HTTP/2 to HTTP/1": b"PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n",
}  # fmt: skip
