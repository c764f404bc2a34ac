"""Asks one name server for one IPv4 address: the proof that cluster DNS answers, through the Service network."""

from __future__ import annotations

import secrets
import socket
import struct

TIMEOUT_SECONDS = 1.0
_RECURSION_DESIRED = 0x0100
_TYPE_A, _CLASS_IN = 1, 1


def resolves(server: str, name: str) -> bool:
    """Say whether ``server`` answers ``name`` with at least one record and no error (RFC 1035 §4); OSError if it is silent."""
    identifier = secrets.randbits(16)
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.rstrip(".").split("."))
    question = labels + b"\0" + struct.pack("!HH", _TYPE_A, _CLASS_IN)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(TIMEOUT_SECONDS)
        client.sendto(struct.pack("!6H", identifier, _RECURSION_DESIRED, 1, 0, 0, 0) + question, (server, 53))
        answer = client.recv(4096)
    got, flags, _, records, _, _ = struct.unpack("!6H", answer[:12])
    return bool(got == identifier and flags & 0xF == 0 and records > 0)
