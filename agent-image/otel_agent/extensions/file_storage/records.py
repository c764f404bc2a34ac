"""The records of a log file: all operations of one batch behind a header with checksums. Pure.

    record = magic, u32 length of the body, u32 CRC of the body, u32 CRC of the header so far, body
    body   = one or more of: u8 kind, u16 length of the key, u32 length of the value, key, value

Integers are little-endian. A damaged body is skipped by the length in its header. Behind a damaged header nothing more is read:
searching for the next magic would take what senders put into their telemetry for records.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from isal.isal_zlib import crc32

from otel_agent.pipeline.storage import Operation, Put

_MAGIC = b"OTL1"
_START = struct.Struct("<4sII")
_CRC = struct.Struct("<I")
_OPERATION = struct.Struct("<BHI")
_HEADER_SIZE = _START.size + _CRC.size
_PUT, _DELETE = 1, 2
MAX_KEY = 2**16 - 1
"""Bytes of a key in UTF-8."""
MAX_BODY = 2**30
"""Bytes of one batch."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation in a record: where its value begins, from the start of the record or the file; None for a deletion."""

    key: str
    offset: int | None
    length: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A record to write: its pieces in order, so that large values are not copied."""

    pieces: list[bytes]
    size: int
    entries: list[Entry]
    """Offsets from the start of the record."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a file that hold no readable record."""

    offset: int
    length: int
    unfinished: bool
    """Whether it is a record whose writing was cut short, as when the process was killed."""


def encode(operations: Sequence[Operation]) -> Encoded:
    """Make one record; ValueError for a key or a batch that is too long."""
    pieces: list[bytes] = [b""]
    entries: list[Entry] = []
    position = _HEADER_SIZE
    checksum = 0
    for operation in operations:
        key = operation.key.encode()
        if not 0 < len(key) <= MAX_KEY:
            raise ValueError(f"a key has {len(key)} bytes, it must have 1 to {MAX_KEY}")
        value = operation.value if isinstance(operation, Put) else b""
        head = _OPERATION.pack(_PUT if isinstance(operation, Put) else _DELETE, len(key), len(value)) + key
        position += len(head)
        entries.append(Entry(operation.key, position if isinstance(operation, Put) else None, len(value)))
        position += len(value)
        pieces += (head, value) if value else (head,)
        checksum = crc32(value, crc32(head, checksum))
    length = position - _HEADER_SIZE
    if length > MAX_BODY:
        raise ValueError(f"a batch has {length} bytes, it must not have more than {MAX_BODY}")
    start = _START.pack(_MAGIC, length, checksum)
    pieces[0] = start + _CRC.pack(crc32(start))
    return Encoded(pieces, position, entries)


def scan(data: bytes) -> Iterator[list[Entry] | Damage]:
    """Read a file: the entries of each record (offsets from the start of the file), and what is damaged."""
    view = memoryview(data)
    position = 0
    while position < len(data):
        begin = position + _HEADER_SIZE
        if begin > len(data):
            yield Damage(position, len(data) - position, unfinished=True)
            return
        magic, length, checksum = _START.unpack_from(data, position)
        (own,) = _CRC.unpack_from(data, position + _START.size)
        if magic != _MAGIC or own != crc32(view[position : position + _START.size]):
            yield Damage(position, len(data) - position, unfinished=False)
            return
        position = begin + length
        if position > len(data):
            yield Damage(begin - _HEADER_SIZE, len(data) - begin + _HEADER_SIZE, unfinished=True)
            return
        if crc32(view[begin:position]) == checksum:
            yield list(_entries(data, begin, position))
        else:
            yield Damage(begin - _HEADER_SIZE, length + _HEADER_SIZE, unfinished=False)


def _entries(data: bytes, position: int, end: int) -> Iterator[Entry]:
    while position < end:
        kind, key_length, value_length = _OPERATION.unpack_from(data, position)
        position += _OPERATION.size
        key = data[position : position + key_length].decode()
        position += key_length
        yield Entry(key, position if kind == _PUT else None, value_length)
        position += value_length
