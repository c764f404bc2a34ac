"""Resource attributes of a target: from job, instance and what service discovery knows."""

import ipaddress
from collections.abc import Mapping

_KUBERNETES = {
    "__meta_kubernetes_pod_name": "k8s.pod.name",
    "__meta_kubernetes_pod_uid": "k8s.pod.uid",
    "__meta_kubernetes_pod_container_name": "k8s.container.name",
    "__meta_kubernetes_namespace": "k8s.namespace.name",
}
_LEGACY = ("net.host.name", "net.host.port", "http.scheme")
_NODE_NAMES = ("__meta_kubernetes_pod_node_name", "__meta_kubernetes_node_name", "__meta_kubernetes_endpoint_node_name")
_CONTROLLERS = {
    "ReplicaSet": "k8s.replicaset.name",
    "DaemonSet": "k8s.daemonset.name",
    "StatefulSet": "k8s.statefulset.name",
    "Job": "k8s.job.name",
    "CronJob": "k8s.cronjob.name",
}


def resource_attributes(
    job: str, instance: str, scheme: str, discovered: Mapping[str, str], *, legacy: bool = True
) -> dict[str, str]:
    """Return attribute name to value; `discovered` are the target's labels before relabelling, `legacy` adds the older names."""
    host, port = _split(instance)
    found = {"service.name": job}
    if _tells_hosts_apart(host):
        found |= {"net.host.name": host, "server.address": host}
    found |= {
        "service.instance.id": instance,
        "net.host.port": port,
        "http.scheme": scheme,
        "server.port": port,
        "url.scheme": scheme,
    }
    for label, name in _KUBERNETES.items():
        if value := discovered.get(label):
            found[name] = value
    node = next((discovered[label] for label in _NODE_NAMES if discovered.get(label)), "")
    if node:
        found["k8s.node.name"] = node
    controller = _CONTROLLERS.get(discovered.get("__meta_kubernetes_pod_controller_kind", ""))
    if controller and (owner := discovered.get("__meta_kubernetes_pod_controller_name")):
        found[controller] = owner
    return found if legacy else {name: value for name, value in found.items() if name not in _LEGACY}


def _split(instance: str) -> tuple[str, str]:
    host, colon, port = instance.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        return instance, ""
    return host.removeprefix("[").removesuffix("]"), port


def _tells_hosts_apart(host: str) -> bool:
    if not host or host == "localhost":
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    return not (address.is_loopback or address.is_unspecified)
