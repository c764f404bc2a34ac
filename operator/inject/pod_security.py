"""What the Pod Security levels forbid of that which injection adds to a pod that is let in without it. Pure.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ of Kubernetes 1.34, which a namespace has by the label
`pod-security.kubernetes.io/enforce`; for an older version of the standard, by another label, it may be stricter than need be.
"""

from collections.abc import Iterable, Iterator, Mapping

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.inject.subject import ENFORCED_POD_SECURITY
from otel_operator.json_types import JsonObject

BASELINE, RESTRICTED = "baseline", "restricted"
_CAPABILITIES = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
    *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}
_RESTRICTED_CAPABILITIES = frozenset({"NET_BIND_SERVICE"})
_SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
    *("persistentVolumeClaim", "projected", "secret"),
}
_PROFILES = frozenset({"RuntimeDefault", "Localhost"})
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_NO_HOST = frozenset({"", "127.0.0.1", "::1"})


def forbidden(
    namespace_labels: Mapping[str, str],
    pod_context: JsonObject,
    containers: Iterable[JsonObject],
    volumes: Iterable[JsonObject] = (),
) -> str | None:
    """Return the first thing that the namespace's level forbids, as `FIELD of CONTAINER`; None when all is allowed.

    `pod_context` is the pod's own security context, which containers inherit.
    """
    level = namespace_labels.get(ENFORCED_POD_SECURITY)
    if level not in (BASELINE, RESTRICTED):
        return None
    return next(_forbidden(level == RESTRICTED, pod_context, containers, volumes), None)


def _forbidden(
    restricted: bool, pod_context: JsonObject, containers: Iterable[JsonObject], volumes: Iterable[JsonObject]
) -> Iterator[str]:
    for volume in volumes:
        if "hostPath" in volume or (restricted and _VOLUMES.isdisjoint(volume)):
            yield f"{', '.join(key for key in volume if key != 'name')} of volume {volume.get('name')!r}"
    for container in containers:
        fields = [*_of_baseline(container)]
        if restricted:
            fields += _of_restricted(container, pod_context)
        yield from (f"{field} of container {container.get('name')!r}" for field in fields)


def _of_baseline(container: JsonObject) -> Iterator[str]:
    context = mapping(container.get("securityContext"))
    if context.get("privileged"):
        yield "securityContext.privileged"
    if not _CAPABILITIES.issuperset(sequence(mapping(context.get("capabilities")).get("add"))):
        yield "securityContext.capabilities.add"
    for field in ("seccompProfile", "appArmorProfile"):
        if mapping(context.get(field)).get("type") == "Unconfined":
            yield f"securityContext.{field}"
    labels = mapping(context.get("seLinuxOptions"))
    if labels.get("type", "") not in _SELINUX_TYPES or labels.get("user") or labels.get("role"):
        yield "securityContext.seLinuxOptions"
    if context.get("procMount", "Default") != "Default":
        yield "securityContext.procMount"
    if mapping(context.get("windowsOptions")).get("hostProcess"):
        yield "securityContext.windowsOptions.hostProcess"
    if any(port.get("hostPort") for port in sequence(container.get("ports"))):
        yield "ports.hostPort"
    for field in _PROBES:
        probe = mapping(container.get(field))
        if any(mapping(probe.get(action)).get("host", "") not in _NO_HOST for action in ("httpGet", "tcpSocket")):
            yield f"{field}.host"


def _of_restricted(container: JsonObject, pod_context: JsonObject) -> Iterator[str]:
    own = mapping(container.get("securityContext"))
    if own.get("allowPrivilegeEscalation") is not False:
        yield "securityContext.allowPrivilegeEscalation"
    capabilities = mapping(own.get("capabilities"))
    if "ALL" not in sequence(capabilities.get("drop")):
        yield "securityContext.capabilities.drop"
    if not _RESTRICTED_CAPABILITIES.issuperset(sequence(capabilities.get("add"))):
        yield "securityContext.capabilities.add"
    context = {**pod_context, **own}
    if context.get("runAsNonRoot") is not True:
        yield "securityContext.runAsNonRoot"
    if own.get("runAsUser") == 0:
        yield "securityContext.runAsUser"
    if mapping(context.get("seccompProfile")).get("type") not in _PROFILES:
        yield "securityContext.seccompProfile"
