"""Labels of targets that more than one role makes: of any object, of pods, of services."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]
"""As the API server has it."""
META = "__meta_kubernetes_"
_UNFIT = re.compile(r"[^a-zA-Z0-9_]")
_SUFFIX_OF_REPLICASET = re.compile(r"(.+)-[bcdfghjklmnpqrstvwxz2456789]{1,10}")


def object_labels(role: str, item: Object) -> dict[str, str]:
    """Name, labels and annotations of an object."""
    metadata = item["metadata"]
    found = {f"{META}{role}_name": metadata["name"]}
    for kind, values in (("label", metadata.get("labels")), ("annotation", metadata.get("annotations"))):
        for name, value in (values or {}).items():
            fit = _UNFIT.sub("_", name)
            found[f"{META}{role}_{kind}_{fit}"] = value
            found[f"{META}{role}_{kind}present_{fit}"] = "true"
    return found


def pod_labels(pod: Object) -> dict[str, str]:
    """Return what a pod tells about itself."""
    metadata, spec, status = pod["metadata"], pod.get("spec") or {}, pod.get("status") or {}
    ready = next((each["status"] for each in status.get("conditions") or () if each.get("type") == "Ready"), "Unknown")
    found = object_labels("pod", pod) | {
        f"{META}pod_ip": status.get("podIP", ""),
        f"{META}pod_ready": ready.lower(),
        f"{META}pod_phase": status.get("phase", ""),
        f"{META}pod_node_name": spec.get("nodeName", ""),
        f"{META}pod_host_ip": status.get("hostIP", ""),
        f"{META}pod_uid": metadata.get("uid", ""),
    }
    owner = next((each for each in metadata.get("ownerReferences") or () if each.get("controller")), None)
    if owner is not None:
        found[f"{META}pod_controller_kind"] = owner["kind"]
        found[f"{META}pod_controller_name"] = owner["name"]
        if owner["kind"] == "ReplicaSet" and (deployment := _SUFFIX_OF_REPLICASET.fullmatch(owner["name"])):
            found[f"{META}pod_deployment_name"] = deployment[1]
    return found


def containers(pod: Object) -> Iterator[tuple[Mapping[str, Any], bool, str]]:
    """Containers of a pod, whether each is an init container, and its id."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    for key, init, statuses in (("containers", False, "containerStatuses"), ("initContainers", True, "initContainerStatuses")):
        ids = {each["name"]: each.get("containerID", "") for each in status.get(statuses) or ()}
        for container in spec.get(key) or ():
            yield container, init, ids.get(container["name"], "")


def container_labels(container: Mapping[str, Any], container_id: str, *, init: bool) -> dict[str, str]:
    """Return what is known of a container."""
    return {
        f"{META}pod_container_name": container["name"],
        f"{META}pod_container_id": container_id,
        f"{META}pod_container_image": container.get("image", ""),
        f"{META}pod_container_init": _boolean(init),
    }


def port_labels(port: Mapping[str, Any]) -> dict[str, str]:
    """Return what is known of a container's port."""
    return {
        f"{META}pod_container_port_name": port.get("name", ""),
        f"{META}pod_container_port_number": str(port["containerPort"]),
        f"{META}pod_container_port_protocol": port.get("protocol", "TCP"),
    }


def address(host: str, port: object) -> str:
    """Host and port, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def boolean(value: Any) -> str:
    """Spell a condition that may be absent, which leaves the label out."""
    return "" if value is None else _boolean(bool(value))
