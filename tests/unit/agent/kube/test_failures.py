import logging

import pytest

from otel_agent.kube.errors import KubeError
from otel_agent.kube.failures import FailureLog
from otel_agent.telemetry.instruments import Counter


def test_failures_of_a_kind_are_all_counted_and_logged_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    failures = Counter()
    told = FailureLog(logging.getLogger("test"), failures)
    for _ in range(3):
        told(KubeError("/api/v1/pods", "HTTP status 403: forbidden", status=403))
        told(KubeError("/api/v1/nodes", "HTTP status 403: forbidden", status=403))
    told(KubeError("/api/v1/pods", "Cannot connect", lost=True))
    assert failures.value == 7
    assert [record.error for record in caplog.records] == [  # type: ignore[attr-defined]
        "/api/v1/pods: HTTP status 403: forbidden",
        "/api/v1/nodes: HTTP status 403: forbidden",
        "/api/v1/pods: Cannot connect",
    ]
