from typing import Any

import pytest

from otel_agent.config.component import ComponentId
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.pipeline.sending.health import PeerHealth
from otel_agent.transport.status_codes import GrpcCode


@pytest.mark.parametrize(
    ("outcomes", "statuses"),
    [
        ([None, None], []),
        ([RetryableError("down"), RetryableError("still"), None, None], ["StatusRecoverableError", "StatusOK"]),
        ([PermanentError("bad data", grpc_code=GrpcCode.INVALID_ARGUMENT)], []),
        ([PermanentError("who are you", grpc_code=GrpcCode.UNAUTHENTICATED)], ["StatusPermanentError"]),
    ],
)
async def test_status_follows_the_attempts(
    outcomes: list[ConsumeError | None], statuses: list[str], host: Any, telemetry_of: Any
) -> None:
    left = list(outcomes)

    async def push(telemetry: Any) -> None:
        outcome = left.pop(0)
        if outcome is not None:
            raise outcome

    health = PeerHealth(push, ComponentId("otlp"))
    health.host = host
    for outcome in outcomes:
        if outcome is None:
            await health.push(telemetry_of())
        else:
            with pytest.raises(type(outcome)):
                await health.push(telemetry_of())
    assert [status for status, _ in host.statuses] == statuses
