"""What the exporter needs of a gRPC library: one unary method, and an end."""

from collections.abc import Mapping
from typing import Protocol


class CallFailed(Exception):
    """A call ended with a status other than OK: the peer's, or one of the client for what kept it from the peer."""

    def __init__(self, code: int, message: str, details: bytes | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        """The grpc-status-details-bin trailer, a google.rpc.Status."""


class ExportClient(Protocol):
    """Calls the Export method of one signal over connections that it keeps. Connecting is left to the first call."""

    async def export(self, data: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a request with `headers` as metadata and return the answer's bytes; raises CallFailed."""
        ...

    async def close(self, grace: float) -> None:
        """Let the calls on their way go on for `grace` seconds, end those that are left, and disconnect."""
        ...
