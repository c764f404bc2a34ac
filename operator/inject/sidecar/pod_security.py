"""Lets a sidecar into namespaces that enforce a Pod Security level, where a pod without us was allowed, or leaves it out.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from collections.abc import Mapping, Sequence

from otel_operator.components.collector_config import mapping
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.pod_security import RESTRICTED, forbidden
from otel_operator.inject.sidecar.collisions import missing_volumes, refusal
from otel_operator.inject.sidecar.prepared import Sidecar
from otel_operator.inject.subject import ENFORCED_POD_SECURITY, Subject
from otel_operator.json_types import JsonObject


def admissible(container: JsonObject, pod_spec: JsonObject, namespace_labels: Mapping[str, str]) -> JsonObject:
    """Return `container` with the security context that the namespace demands; what it says itself is left as it is."""
    if namespace_labels.get(ENFORCED_POD_SECURITY) != RESTRICTED:
        return container
    inherited, own = mapping(pod_spec.get("securityContext")), mapping(container.get("securityContext"))
    demanded: JsonObject = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    # A field of the container overrides the pod's, so where the pod has one it is not repeated.
    if "runAsNonRoot" not in inherited:
        demanded["runAsNonRoot"] = True
    if "seccompProfile" not in inherited:
        demanded["seccompProfile"] = {"type": "RuntimeDefault"}
    return {**container, "securityContext": {**demanded, **own}}


def not_let_in(subject: Subject, sidecar: Sidecar, added: Sequence[JsonObject]) -> Refusal | None:
    """Return why the API server would refuse the pod with `added` containers, None when it would not."""
    spec, labels = mapping(subject.pod.get("spec")), subject.namespace_labels
    found = forbidden(labels, mapping(spec.get("securityContext")), added, missing_volumes(spec, sidecar))
    if found is None:
        return None
    level = f"label {ENFORCED_POD_SECURITY} of namespace {subject.namespace} is {labels[ENFORCED_POD_SECURITY]}"
    return refusal(sidecar, "PodSecurity", f"it brings {found}, and {level}; take that out of the collector, or run it elsewhere")
