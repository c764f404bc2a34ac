"""Lets a sidecar into namespaces that enforce the Pod Security level `restricted`, where a pod without us was allowed.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from collections.abc import Mapping

from otel_operator.components.collector_config import mapping
from otel_operator.inject.subject import ENFORCED_POD_SECURITY
from otel_operator.json_types import JsonObject

_RESTRICTED = "restricted"


def admissible(container: JsonObject, pod_spec: JsonObject, namespace_labels: Mapping[str, str]) -> JsonObject:
    """Return `container` with the security context that the namespace demands; what it says itself is left as it is."""
    if namespace_labels.get(ENFORCED_POD_SECURITY) != _RESTRICTED:
        return container
    inherited, own = mapping(pod_spec.get("securityContext")), mapping(container.get("securityContext"))
    demanded: JsonObject = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    # A field of the container overrides the pod's, so where the pod has one it is not repeated.
    if "runAsNonRoot" not in inherited:
        demanded["runAsNonRoot"] = True
    if "seccompProfile" not in inherited:
        demanded["seccompProfile"] = {"type": "RuntimeDefault"}
    return {**container, "securityContext": {**demanded, **own}}
