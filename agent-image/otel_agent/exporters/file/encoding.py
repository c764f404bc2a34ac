"""How one request looks in the file (collector specification, 6.7)."""

import struct
from collections.abc import Callable

import zstandard

from otel_agent.exporters.file.config import FileExporterConfig
from otel_agent.pdata.otlp_json import request_to_json
from otel_agent.pdata.telemetry import Signal

Encode = Callable[[Signal, bytes], bytes]
_LENGTH = struct.Struct(">I")


def encoder(config: FileExporterConfig) -> Encode:
    """Return the function that frames a request: a line of JSON, or 4 bytes of big-endian length and the message."""
    if config.compression:
        compressor = zstandard.ZstdCompressor()
        content = _content(config)
        return lambda signal, data: _framed(compressor.compress(content(signal, data)))
    if config.format == "proto":
        return lambda signal, data: _framed(data)
    return lambda signal, data: request_to_json(signal, data) + b"\n"


def _content(config: FileExporterConfig) -> Encode:
    return request_to_json if config.format == "json" else lambda signal, data: data


def _framed(message: bytes) -> bytes:
    return _LENGTH.pack(len(message)) + message
