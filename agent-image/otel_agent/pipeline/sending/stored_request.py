"""A request as the persistent queue stores it: the OTLP bytes, their item count and who sent them. Pure.

    u8 version, u8 signal, u16 0, u32 CRC of what follows, u64 items, u32 length of the sender, sender (JSON), OTLP bytes

Integers are little-endian. What an authenticator knows of the sender is not stored.
"""

import json
import struct

from isal.isal_zlib import crc32

from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo, Signal, Telemetry

_VERSION = 1
_HEAD = struct.Struct("<BBHI")
_REST = struct.Struct("<QI")
_SIGNALS = (Signal.TRACES, Signal.METRICS, Signal.LOGS)


class UndecodableRequestError(Exception):
    """Stored bytes are no request of this version."""


def encode(telemetry: Telemetry) -> bytes:
    """Make the value to store."""
    client = telemetry.client
    sender = b"" if client == NO_CLIENT else _json(client)
    rest = _REST.pack(telemetry.items, len(sender)) + sender
    checksum = crc32(telemetry.data, crc32(rest))
    return b"".join((_HEAD.pack(_VERSION, _SIGNALS.index(telemetry.signal), 0, checksum), rest, telemetry.data))


def decode(value: bytes) -> Telemetry:
    """Read a stored value; `UndecodableRequestError` says what is wrong with it."""
    if len(value) < _HEAD.size + _REST.size:
        raise UndecodableRequestError(f"{len(value)} bytes are too few for a request")
    version, signal, _, checksum = _HEAD.unpack_from(value)
    if version != _VERSION:
        raise UndecodableRequestError(f"version {version} is not known, only {_VERSION}")
    if checksum != crc32(memoryview(value)[_HEAD.size :]):
        raise UndecodableRequestError("the checksum is wrong")
    if signal >= len(_SIGNALS):
        raise UndecodableRequestError(f"signal {signal} is not known")
    items, length = _REST.unpack_from(value, _HEAD.size)
    begin = _HEAD.size + _REST.size
    return Telemetry(_SIGNALS[signal], value[begin + length :], items, _sender(value[begin : begin + length]))


def _json(client: ClientInfo) -> bytes:
    """Write the sender; the standard library's JSON keeps the surrogates that stand for header bytes which are no text."""
    return json.dumps({"address": client.address, "metadata": dict(client.metadata)}, separators=(",", ":")).encode()


def _sender(data: bytes) -> ClientInfo:
    if not data:
        return NO_CLIENT
    try:
        found = json.loads(data)
        metadata = {key: tuple(values) for key, values in found["metadata"].items()}
        return ClientInfo(found["address"], metadata)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise UndecodableRequestError(f"the sender cannot be read: {error}") from error
