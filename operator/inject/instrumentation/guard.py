"""Whether a pod has been instrumented already (spec: instrumentation §5)."""

from otel_operator.inject.instrumentation.agent_names import (
    APACHE_ATTACH,
    CLONE,
    DOTNET_AGENT,
    GO_SIDECAR,
    JAVA_AGENT,
    NGINX_ATTACH,
    NODEJS_AGENT,
    PYTHON_AGENT,
)
from otel_operator.json_types import JsonObject
from otel_operator.naming import CONTAINER

NODE_NAME = "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"
"""Every container with the SDK's environment has this variable, unless the pod chose its node at creation."""
_INIT_CONTAINERS = frozenset({JAVA_AGENT, NODEJS_AGENT, PYTHON_AGENT, DOTNET_AGENT, APACHE_ATTACH, NGINX_ATTACH, CLONE})


def is_instrumented(pod: JsonObject) -> bool:
    """Tell whether anything of ours, or of the Go operator, is in the pod; then nothing at all is injected.

    Not only regular containers are searched for the SDK's environment, as the Go operator does, but init containers as well.
    """
    spec = pod.get("spec") or {}
    regular, init = spec.get("containers") or (), spec.get("initContainers") or ()
    if any(container["name"] in _INIT_CONTAINERS for container in init):
        return True
    if any(container["name"] == GO_SIDECAR for container in regular):
        return True
    return any(_has_sdk(container) for container in (*regular, *init) if container["name"] != CONTAINER)


def _has_sdk(container: JsonObject) -> bool:
    return any(variable["name"] == NODE_NAME for variable in container.get("env") or ())
