"""Metadata as HTTP/2 carries it (gRPC over HTTP/2). Pure."""

import base64
import binascii
from collections.abc import Mapping

_RESERVED = frozenset({"content-type", "te", "user-agent", "connection", "keep-alive", "transfer-encoding", "upgrade", "host"})
"""Headers that the protocol itself uses; grpc-go leaves them out of metadata too."""
_BINARY = "-bin"


def to_wire(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return headers with lower-case names, values of names that end in -bin in base64, without what gRPC itself sets."""
    found = []
    for name, value in headers.items():
        key, text = name.lower(), str(value)
        if key in _RESERVED or key.startswith((":", "grpc-")):
            continue
        found.append((key, base64.b64encode(text.encode()).decode().rstrip("=") if key.endswith(_BINARY) else text))
    return found


def from_wire(value: str) -> bytes | None:
    """Return the bytes of a value whose name ends in -bin, padded or not; None when it is not base64."""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
