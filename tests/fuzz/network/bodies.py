"""Bodies of export requests, valid and not, from one `random.Random`; small, so that a million of them take minutes."""

import gzip
import zlib
from random import Random

import cramjam

from otel_agent.pdata.otlp_json import request_to_json
from otel_agent.pdata.telemetry import Signal
from tests.fuzz import requests
from tests.fuzz.network.oracle import SIGNALS

POOL = 40
"""Valid requests of each signal that mutants are made of, until the next epoch makes others."""
LARGEST = 3_000


class Corpus:
    """The valid requests of one epoch."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._valid = {signal: self._some(Signal(signal)) for signal in SIGNALS}
        self._json = {signal: [request_to_json(Signal(signal), data) for data in pool] for signal, pool in self._valid.items()}

    def _some(self, signal: Signal) -> list[bytes]:
        found: list[bytes] = []
        while len(found) < POOL:
            data: bytes = requests.request(self._random, signal).SerializeToString()
            if len(data) <= LARGEST:
                found.append(data)
        return found

    def protobuf(self, random: Random, signal: str) -> tuple[str, bytes]:
        """Return a kind and a body."""
        dice = random.random()
        if dice < 0.15:
            return "valid", random.choice(self._valid[signal])
        if dice < 0.8:
            return "mutated", requests.mutated(random, random.choice(self._valid[signal]))
        if dice < 0.85:
            data = random.choice(self._valid[signal])
            return "truncated", data[: random.randrange(len(data) + 1)]
        if dice < 0.88:
            return "another signal's", random.choice(self._valid[random.choice(SIGNALS)])
        return "hostile", requests.hostile(random)

    def json(self, random: Random, signal: str) -> tuple[str, bytes]:
        """Return a kind and a body."""
        dice = random.random()
        if dice < 0.15:
            return "valid", random.choice(self._json[signal])
        if dice < 0.8:
            return "mutated", mutated_json(random, random.choice(self._json[signal]))
        if dice < 0.87:
            data = random.choice(self._json[signal])
            return "truncated", data[: random.randrange(len(data) + 1)]
        if dice < 0.9:
            return "protobuf as JSON", random.choice(self._valid[signal])
        if dice < 0.93:
            return "nested", _nested_json(random, signal)
        return "hostile", b"".join(random.choice(JSON_SNIPPETS) for _ in range(random.randrange(12)))


JSON_SNIPPETS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-", b"0x1", b"01", b"1.0",
    b'"\\ud800"', b'"\\u0000"', b"\xff", b"\xc0\x80", b"\xef\xbb\xbf", b"\x00", b"{}", b"[]", b"[[[[", b'{"a":', b" ", b"\n",
    b"18446744073709551616", b'"-1"', b'"9223372036854775808"', b'"resourceSpans":', b'"traceId":"zz"', b"//", b"'", b"\\",
)  # fmt: skip


def mutated_json(random: Random, data: bytes) -> bytes:
    """A JSON text with one or two faults of any kind in its bytes."""
    broken = bytearray(data)
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(broken) + 1)
        kind = random.randrange(6)
        if kind == 0:
            broken[at : at + 1] = bytes([random.randrange(256)])
        elif kind == 1:
            del broken[at : at + random.choice((1, 2, 9))]
        elif kind == 2:
            broken[at:at] = random.choice(JSON_SNIPPETS)
        elif kind == 3:
            other = random.randrange(len(broken) + 1)
            broken[at:at] = broken[other : other + random.choice((1, 8, 40))]
        elif kind == 4:
            # a value of another type
            end = broken.find(b",", at)
            start = broken.rfind(b":", 0, max(end, 0))
            if 0 < start < end:
                broken[start + 1 : end] = random.choice(
                    (b"null", b"true", b"{}", b"[]", b'"x"', b"-1", b"1.5", b'"12"', b"1e400")
                )
        elif at < len(broken):
            broken[at] ^= 1 << random.randrange(8)
    return bytes(broken)


def _nested_json(random: Random, signal: str) -> bytes:
    """A value, or a field that no message has, nested close to the limit or far beyond it."""
    depth = random.choice((random.randrange(40, 52), 300, 5_000))
    if random.random() < 0.5:
        value = b'{"arrayValue":{"values":[' * depth + b"{}" + b"]}}" * depth
    else:
        value = b'{"unknown":' * depth + b"1" + b"}" * depth
    outer = {"traces": b"resourceSpans", "metrics": b"resourceMetrics", "logs": b"resourceLogs"}[signal]
    return b'{"%s":[{"resource":{"attributes":[{"key":"k","value":%s}]}}]}' % (outer, value)


def pack(random: Random, encoding: str, data: bytes) -> bytes:
    """Pack with the reference libraries; gzip now and then in two members."""
    if encoding == "gzip":
        if random.random() < 0.2:
            at = random.randrange(len(data) + 1)
            return gzip.compress(data[:at], 1) + gzip.compress(data[at:], 1)
        return gzip.compress(data, 1)
    if encoding in ("zlib", "deflate"):
        return zlib.compress(data, 1)
    if encoding == "zstd":
        return bytes(cramjam.zstd.compress(data, 1))
    if encoding == "lz4":
        return bytes(cramjam.lz4.compress(data))
    return bytes(cramjam.snappy.compress(data) if encoding == "x-snappy-framed" else cramjam.snappy.compress_raw(data))


def damaged(random: Random, packed: bytes) -> bytes:
    """A packed body with a fault, or cut off, or with something behind it."""
    broken = bytearray(packed or b"\x00")
    kind = random.randrange(4)
    if kind == 0:
        return bytes(broken[: random.randrange(1, len(broken) + 1)])
    if kind == 1:
        return packed + random.randbytes(random.choice((1, 20)))
    for _ in range(random.choice((1, 3))):
        broken[random.randrange(len(broken))] ^= 1 << random.randrange(8)
    return bytes(broken)
