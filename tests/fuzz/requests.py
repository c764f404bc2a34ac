"""Random export requests of every shape the schema allows, and ways to break them.

All comes from one `random.Random`, so a seed repeats a case.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal

TEXTS = ("", "a", "http.method", "GET", "Zürich", "日本", "x" * 200, "0", "-17", "1.5e3", "true")
KEYS = ("service.name", "http.method", "http.status", "k", "secret.token", "ä")
NUMBERS = (0, 1, 2, 3, 127, 128, 2**31 - 1, 2**63 - 1)
_OUTER = {
    "resource_spans",
    "resource_metrics",
    "resource_logs",
    "scope_spans",
    "scope_metrics",
    "scope_logs",
    "resource",
    "scope",
}
_OUTER |= {"spans", "metrics", "log_records", "data_points"}


@dataclass(frozen=True, slots=True)
class Palette:
    """What fields are filled with; numbers outside of a field's range are left out for it."""

    texts: tuple[str, ...]
    keys: tuple[str, ...]
    numbers: tuple[int, ...]
    floats: tuple[float, ...]


PLAIN = Palette(TEXTS, KEYS, NUMBERS, (0.0, 1.0, -2.5, 1e300, 3.0, 1e-9, float("inf")))
_ENDS = (-1, 2**31 - 1, -(2**31), 2**32 - 1, 2**63 - 1, -(2**63), 2**64 - 1)
EXTREME = Palette(
    (*TEXTS, "\0", "\n", "\ufeff", '"', "{}", "[1,", "%s", "NaN", "1e999", "x" * 3000, "0" * 32, "ab" * 16, "10.0.0.1", "json"),
    (
        *KEYS,
        "",
        "le",
        "quantile",
        "__name__",
        "level",
        "trace_id",
        "loki.tenant",
        "loki.format",
        "loki.attribute.labels",
        "\0",
        "9",
    ),
    (*NUMBERS, *_ENDS),
    (*PLAIN.floats, -0.0, float("-inf"), float("nan"), 1e308, -1e308, 5e-324),
)
_RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_ENUM: (0, 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}


def request(random: Random, signal: Signal, palette: Palette = PLAIN) -> Any:
    """A message of the official class; about one in three optional fields is set, the outer levels nearly always."""
    message = REQUESTS[signal]()
    _fill(random, message, palette, depth=0)
    return message


def _fill(random: Random, message: Any, palette: Palette, depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        outer = field.name in _OUTER
        if random.random() > (0.9 if outer else 0.35 if depth < 9 else 0.1):
            continue
        if field.is_repeated:
            target = getattr(message, field.name)
            for _ in range(random.choice((1, 1, 2, 3))):
                if field.message_type is not None:
                    _fill(random, target.add(), palette, depth + 1)
                else:
                    target.append(_scalar(random, field, palette))
        elif field.message_type is not None:
            child = getattr(message, field.name)
            child.SetInParent()
            _fill(random, child, palette, depth + 1)
        else:
            setattr(message, field.name, _scalar(random, field, palette))


def _scalar(random: Random, field: FieldDescriptor, palette: Palette) -> Any:
    if field.name in ("trace_id", "span_id", "parent_span_id"):
        return random.choice((b"", b"\0" * 8, b"\1" * 16, b"\2" * 16, b"\3" * 16))
    if field.name == "key":
        return random.choice(palette.keys)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        text = random.choice(palette.texts)
        return text if field.type == FieldDescriptor.TYPE_STRING else text.encode()
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return random.random() < 0.5
    if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return random.choice(palette.floats)
    least, most = _RANGES[field.cpp_type]
    return random.choice([number for number in palette.numbers if least <= number <= most])


def mutated(random: Random, data: bytes) -> bytes:
    """The request with a few bytes changed, removed, put in or repeated; now and then cut off or wrapped."""
    broken = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(broken) + 1)
        kind = random.randrange(7)
        if kind == 0:
            broken[at : at + 1] = bytes([random.randrange(256)])
        elif kind == 1:
            del broken[at : at + random.choice((1, 2, 9))]
        elif kind == 2:
            broken[at:at] = random.choice(SNIPPETS)
        elif kind == 3:
            other = random.randrange(len(broken) + 1)
            broken[at:at] = broken[other : other + random.choice((1, 4, 30))]
        elif kind == 4 and at < len(broken):
            broken[at] ^= 1 << random.randrange(8)
        elif kind == 5 and at < len(broken):
            broken[at] = (broken[at] + random.choice((-1, 1))) % 256
        elif kind == 6 and random.random() < 0.2:
            del broken[at:]
    return bytes(broken)


SNIPPETS = (
    b"\x00", b"\x80", b"\xff" * 5, b"\xff" * 10, b"\xff" * 9 + b"\x01", b"\x80\x80\x80\x80\x00", b"\x0b\x0c", b"\x7b\x7c",
    b"\x7b\x00\x00\x7c",
    b"\x0a\x00", b"\x12\x00", b"\x1a\x00", b"\xed\xa0\x80", b"\xc0\x80", b"\x0a\x80\x80\x80\x80\x00", b"\x8a\x80\x00\x00",
    b"\x0e", b"\x0c",
    b"\x08\x01", b"\x10\xff\x01", b"\x2a\x02\x0a\x00", b"\x3a\x02\x0a\x00", b"\xba\x3e\x03new",
)  # fmt: skip
"""Wire format at its edges: overlong varints, groups, empty messages, surrogates, field number 0."""


def hostile(random: Random) -> bytes:
    """Bytes of no sender: noise, edges of the wire format, or messages and groups nested close to and beyond the limit."""
    kind = random.randrange(3)
    if kind == 0:
        return random.randbytes(random.randrange(40))
    if kind == 1:
        return b"".join(random.choice(SNIPPETS) for _ in range(random.randrange(8)))
    return nested(random)


def nested(random: Random) -> bytes:
    """An attribute whose value nests arrays or groups about as deep as is allowed."""
    data = b""
    if random.random() < 0.5:
        groups = random.randrange(90, 104)
        data = b"\x7b" * groups + b"\x7c" * groups
        for number in (2, 2, 1)[: random.randrange(4)]:
            data = delimited(number, data)
        return data
    for _ in range(random.randrange(44, 51)):
        data = delimited(random.choice((5, 6)), delimited(1, data))
    for number in (2, random.choice((9, 6)), 2, 2, 1):
        data = delimited(number, data)
    return data


def delimited(number: int, body: bytes) -> bytes:
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(body)) + body


def varint(value: int) -> bytes:
    """The shortest encoding."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def case(random: Random, signal: Signal) -> bytes:
    """Valid, mutated or hostile bytes, in about these proportions: 3, 5, 2."""
    kind = random.randrange(10)
    if kind >= 8:
        return hostile(random)
    data: bytes = request(random, signal).SerializeToString()
    return data if kind < 3 else mutated(random, data)
