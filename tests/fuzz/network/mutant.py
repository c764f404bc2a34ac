"""One hostile request and the answers that it may get."""

from dataclasses import dataclass, field

from tests.fuzz.network.oracle import Refused, TooLarge, items_of, json_items_of

HTTP_LIMIT = 256 * 1024
"""max_request_body_size of the collector under test: small, so that many bodies can be too large."""
GRPC_LIMIT = 1024 * 1024
"""Of one message: max_recv_msg_size_mib is a number of whole MiB."""
CLOSED = -1
"""The connection ended, or the stream was reset, without an answer."""


@dataclass(slots=True)
class Mutant:
    """What is sent and what may come back."""

    kind: str
    expected: frozenset[int]
    """HTTP statuses, or gRPC statuses; CLOSED is none at all."""
    items: int = 0
    """Items that count as accepted when it is answered with success."""
    wire: bytes = b""
    """HTTP/1: the whole request. HTTP/2: what comes in DATA frames."""
    headers: bytes = b""
    """HTTP/2: the header block."""
    alone: bool = False
    """Sent with no other request in progress, on a connection that may not live on."""
    bodiless: bool = False
    """HTTP/1: the answer has no body whatever its length says, as one to HEAD."""
    half_close: bool = False
    """The client says that nothing more will come."""
    chunks: list[bytes] = field(default_factory=list)
    """HTTP/2: frames to send as they are in place of `headers` and `wire`."""


def verdict(signal: str, body: bytes, json: bool = False) -> int:
    """Return the items of a body; `Refused` when it is no request."""
    return json_items_of(signal, body) if json else items_of(signal, body)


OK, BAD = frozenset({200}), frozenset({400})


def http_verdict(signal: str, body: bytes, json: bool) -> tuple[frozenset[int], int]:
    """Return the HTTP status that an unpacked body must get, and its items."""
    try:
        return OK, verdict(signal, body, json)
    except Refused:
        return BAD, 0


GRPC_OK, INVALID, EXHAUSTED = frozenset({0}), frozenset({3}), frozenset({8})


def grpc_verdict(signal: str, body: bytes) -> tuple[frozenset[int], int]:
    """Return the gRPC status that an unpacked message must get, and its items."""
    try:
        return GRPC_OK, items_of(signal, body)
    except TooLarge:
        return EXHAUSTED, 0
    except Refused:
        return INVALID, 0
