"""Why a consumer did not take telemetry, and why a collector could not be built or started.

ConsumeError
├── RetryableError    the sender should try again (HTTP 503/429, gRPC Unavailable)
└── PermanentError    it will never be taken (HTTP 500/400, gRPC Internal/InvalidArgument)

CollectorError
├── GraphError        the configuration cannot be built
└── StartError        a component failed to start
"""

from otel_agent.pdata.telemetry import Telemetry


class ConsumeError(Exception):
    """A consumer refused telemetry; the caller still owns it."""

    def __init__(
        self,
        message: str,
        *,
        grpc_code: int | None = None,
        retry_after: float | None = None,
        failed: Telemetry | None = None,
    ) -> None:
        super().__init__(message)
        self.grpc_code = grpc_code
        """gRPC status code when the refusal carries one (otherwise the edge maps the class)."""
        self.retry_after = retry_after
        """Seconds the peer asked us to wait, from RetryInfo or Retry-After."""
        self.failed = failed
        """The subset that failed, when the rest was taken."""


class RetryableError(ConsumeError):
    """A later attempt may succeed."""


class PermanentError(ConsumeError):
    """No later attempt can succeed."""


class CollectorError(Exception):
    """The collector cannot run with this configuration; the message names the component."""


class GraphError(CollectorError):
    """The configuration cannot be built."""


class StartError(CollectorError):
    """A component failed to start; what had been started is stopped again."""
