"""Whether somebody has instrumented a pod already."""

from typing import Any

import pytest

from otel_operator.inject.instrumentation.guard import is_instrumented


@pytest.mark.parametrize(
    ("spec", "carries"),
    [
        ({"initContainers": [{"name": "opentelemetry-auto-instrumentation-java"}]}, True),
        ({"initContainers": [{"name": "otel-agent-attach-apache"}]}, True),
        ({"containers": [{"name": "opentelemetry-auto-instrumentation"}]}, True),
        ({"containers": [{"name": "app", "env": [{"name": "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"}]}]}, True),
        ({"containers": [{"name": "otc-container", "env": [{"name": "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"}]}]}, False),
        ({"containers": [{"name": "app", "env": [{"name": "PATH", "value": "/"}]}]}, False),
        ({"initContainers": [{"name": "warm", "env": [{"name": "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"}]}]}, True),
        ({"initContainers": [{"name": "otel-agent-attach-nginx"}]}, True),
    ],
)
def test_injection_of_anybody_is_recognised(spec: dict[str, Any], carries: bool) -> None:
    assert is_instrumented({"spec": spec}) is carries
