"""Tells the collector how an exporter's attempts go, as component status."""

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.pipeline.sending.retry import Push
from otel_agent.pipeline.status import Status
from otel_agent.transport.status_codes import GrpcCode

_WRONG_SETTINGS = frozenset({GrpcCode.UNAUTHENTICATED, GrpcCode.PERMISSION_DENIED, GrpcCode.NOT_FOUND, GrpcCode.UNIMPLEMENTED})
"""Refusals that no request will escape while the configuration stays as it is; others concern one request's content."""


class PeerHealth:
    """Passes attempts on to a peer. Reports a recoverable error at the first that can be repeated, and OK at the next success.

    A refusal that speaks of wrong settings (credentials, address) is a permanent error, which stays until the exporter is
    replaced; the Go collector's OTLP exporters make the same distinction.
    """

    def __init__(self, push: Push, exporter: ComponentId) -> None:
        self._push = push
        self._exporter = exporter
        self._troubled = False
        self.host: Host | None = None
        """Set at start."""

    async def push(self, telemetry: Telemetry) -> None:
        """One attempt."""
        try:
            await self._push(telemetry)
        except RetryableError as error:
            if not self._troubled:
                self._troubled = True
                self._report(Status.RECOVERABLE_ERROR, str(error))
            raise
        except PermanentError as error:
            if error.grpc_code in _WRONG_SETTINGS:
                self._report(Status.PERMANENT_ERROR, str(error))
            raise
        if self._troubled:
            self._troubled = False
            self._report(Status.OK)

    def _report(self, status: Status, error: str = "") -> None:
        if self.host is not None:
            self.host.report_status(ComponentKind.EXPORTER, self._exporter, status, error)
