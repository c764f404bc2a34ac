"""Target groups of each role, from the objects that are watched for it. Pure.

Labels are those of Prometheus' documentation of kubernetes_sd_config; ones with empty values are dropped later.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from otel_agent.kube.reflector import Key, key_of
from otel_agent.receivers.prometheus.discovery.groups import TargetGroup
from otel_agent.receivers.prometheus.discovery.kubernetes.labels import (
    META,
    Object,
    address,
    boolean,
    container_labels,
    containers,
    object_labels,
    pod_labels,
    port_labels,
)

Objects = Mapping[str, Mapping[Key, Object]]
"""Objects by role ("pod", "node", "namespace", …), then by namespace and name."""
_NODE_ADDRESSES = ("InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname")
_SERVICE_OF_SLICE = "kubernetes.io/service-name"


def groups_of(role: str, objects: Objects) -> list[TargetGroup]:
    """Return a group for each object of the role."""
    make = _ROLES[role]
    return [
        TargetGroup(f"{role}/{namespace}/{name}", tuple(make(item, objects)), _common(role, item, objects))
        for (namespace, name), item in objects[role].items()
    ]


def _common(role: str, item: Object, objects: Objects) -> dict[str, str]:
    namespace = item["metadata"].get("namespace", "")
    found = object_labels(role, item) if role != "pod" else pod_labels(item)
    if namespace:
        found[f"{META}namespace"] = namespace
        if (attached := objects.get("namespace", {}).get(("", namespace))) is not None:
            found |= {
                name: value for name, value in object_labels("namespace", attached).items() if "_namespace_name" not in name
            }
    match role:
        case "pod":
            found |= _node(objects, found[f"{META}pod_node_name"])
        case "service":
            found |= _service_details(item)
        case "endpoints":
            found |= _service(objects, key_of(item))
        case "endpointslice":
            found |= {f"{META}endpointslice_address_type": item.get("addressType", "")}
            service = (item["metadata"].get("labels") or {}).get(_SERVICE_OF_SLICE, "")
            found |= _service(objects, (namespace, service))
        case "ingress":
            found[f"{META}ingress_class_name"] = (item.get("spec") or {}).get("ingressClassName") or ""
        case "node":
            found[f"{META}node_provider_id"] = (item.get("spec") or {}).get("providerID", "")
            for each in reversed((item.get("status") or {}).get("addresses") or []):
                found[f"{META}node_address_{each['type']}"] = each["address"]
    return found


def _pod(pod: Object, objects: Objects) -> Iterator[dict[str, str]]:
    """One target for each port of each container, or one without a port."""
    ip = (pod.get("status") or {}).get("podIP", "")
    if not ip:
        return
    for container, init, container_id in containers(pod):
        labels = container_labels(container, container_id, init=init)
        ports = container.get("ports") or ()
        for port in ports:
            yield labels | port_labels(port) | {"__address__": address(ip, port["containerPort"])}
        if not ports:
            yield labels | {"__address__": f"[{ip}]" if ":" in ip else ip}


def _node_target(node: Object, objects: Objects) -> Iterator[dict[str, str]]:
    status = node.get("status") or {}
    known = {each["type"]: each["address"] for each in reversed(status.get("addresses") or [])}
    host = next((known[kind] for kind in _NODE_ADDRESSES if kind in known), "")
    port = ((status.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}).get("Port", 0)
    if host:
        yield {"__address__": address(host, port), "instance": node["metadata"]["name"]}


def _service_target(service: Object, objects: Objects) -> Iterator[dict[str, str]]:
    namespace, name = key_of(service)
    for port in (service.get("spec") or {}).get("ports") or ():
        yield {
            "__address__": f"{name}.{namespace}.svc:{port['port']}",
            f"{META}service_port_name": port.get("name", ""),
            f"{META}service_port_number": str(port["port"]),
            f"{META}service_port_protocol": port.get("protocol", "TCP"),
        }


def _service_details(service: Object) -> dict[str, str]:
    spec = service.get("spec") or {}
    kind = spec.get("type", "ClusterIP")
    found = {f"{META}service_type": kind}
    if kind == "ExternalName":
        found[f"{META}service_external_name"] = spec.get("externalName", "")
    else:
        found[f"{META}service_cluster_ip"] = spec.get("clusterIP", "")
    if kind == "LoadBalancer":
        found[f"{META}service_loadbalancer_ip"] = spec.get("loadBalancerIP", "")
    return found


def _service(objects: Objects, key: Key) -> dict[str, str]:
    service = objects.get("service", {}).get(key)
    return object_labels("service", service) if service is not None else {}


def _node(objects: Objects, name: str) -> dict[str, str]:
    node = objects.get("node", {}).get(("", name))
    return object_labels("node", node) if node is not None else {}


def _endpoints(endpoints: Object, objects: Objects) -> Iterator[dict[str, str]]:
    namespace = key_of(endpoints)[0]
    backing = _Backing(objects, namespace)
    for subset in endpoints.get("subsets") or ():
        for port in subset.get("ports") or ():
            for key, ready in (("addresses", "true"), ("notReadyAddresses", "false")):
                for each in subset.get(key) or ():
                    labels = {
                        "__address__": address(each["ip"], port["port"]),
                        f"{META}endpoint_port_name": port.get("name", ""),
                        f"{META}endpoint_port_protocol": port.get("protocol", "TCP"),
                        f"{META}endpoint_ready": ready,
                        f"{META}endpoint_hostname": each.get("hostname", ""),
                        f"{META}endpoint_node_name": each.get("nodeName") or "",
                    }
                    yield labels | backing.labels("endpoint", each.get("targetRef"), each.get("nodeName") or "", port["port"])
    yield from backing.other_ports()


def _endpointslice(slice_: Object, objects: Objects) -> Iterator[dict[str, str]]:
    backing = _Backing(objects, key_of(slice_)[0])
    role = f"{META}endpointslice"
    for port in slice_.get("ports") or ():
        for endpoint in slice_.get("endpoints") or ():
            conditions = endpoint.get("conditions") or {}
            for host in endpoint.get("addresses") or ():
                labels = {
                    "__address__": address(host, port["port"]) if port.get("port") is not None else host,
                    f"{role}_port": str(port.get("port") or ""),
                    f"{role}_port_name": port.get("name") or "",
                    f"{role}_port_protocol": port.get("protocol") or "",
                    f"{role}_port_app_protocol": port.get("appProtocol") or "",
                    f"{role}_endpoint_conditions_ready": boolean(conditions.get("ready")),
                    f"{role}_endpoint_conditions_serving": boolean(conditions.get("serving")),
                    f"{role}_endpoint_conditions_terminating": boolean(conditions.get("terminating")),
                    f"{role}_endpoint_hostname": endpoint.get("hostname") or "",
                    f"{role}_endpoint_node_name": endpoint.get("nodeName") or "",
                    f"{role}_endpoint_zone": endpoint.get("zone") or "",
                }
                node = endpoint.get("nodeName") or ""
                yield labels | backing.labels("endpointslice", endpoint.get("targetRef"), node, port.get("port"))
    yield from backing.other_ports()


class _Backing:
    """The pods behind the endpoints of one object; ports of theirs that no endpoint names become targets as well."""

    def __init__(self, objects: Objects, namespace: str) -> None:
        self._objects = objects
        self._namespace = namespace
        self._pods: dict[Key, set[object]] = {}

    def labels(self, role: str, reference: Mapping[str, Any] | None, node: str, port: object) -> dict[str, str]:
        found = _node(self._objects, node) if node else {}
        if reference is None:
            return found
        prefix = f"{META}{role}_address_target"
        found |= {f"{prefix}_kind": reference.get("kind", ""), f"{prefix}_name": reference.get("name", "")}
        key = (reference.get("namespace") or self._namespace, reference.get("name", ""))
        pod = self._objects.get("pod", {}).get(key) if reference.get("kind") == "Pod" else None
        if pod is None:
            return found
        self._pods.setdefault(key, set()).add(port)
        found |= pod_labels(pod)
        for container, init, container_id in containers(pod):
            for each in container.get("ports") or ():
                if each["containerPort"] == port:
                    return found | container_labels(container, container_id, init=init) | port_labels(each)
        return found

    def other_ports(self) -> Iterator[dict[str, str]]:
        for key, seen in self._pods.items():
            pod = self._objects["pod"][key]
            ip = (pod.get("status") or {}).get("podIP", "")
            for container, init, container_id in containers(pod):
                for port in container.get("ports") or ():
                    if ip and port["containerPort"] not in seen:
                        labels = pod_labels(pod) | container_labels(container, container_id, init=init) | port_labels(port)
                        yield labels | {"__address__": address(ip, port["containerPort"])}


def _ingress(ingress: Object, objects: Objects) -> Iterator[dict[str, str]]:
    spec = ingress.get("spec") or {}
    secure = [host for each in spec.get("tls") or () for host in each.get("hosts") or ()]
    for rule in spec.get("rules") or ():
        host = rule.get("host") or "*"
        scheme = "https" if any(_covers(pattern, host) for pattern in secure) else "http"
        paths: Sequence[Mapping[str, Any]] = (rule.get("http") or {}).get("paths") or ({},)
        for path in paths:
            yield {
                "__address__": host,
                f"{META}ingress_scheme": scheme,
                f"{META}ingress_host": host,
                f"{META}ingress_path": path.get("path") or "/",
            }


def _covers(pattern: str, host: str) -> bool:
    return pattern == host or (pattern.startswith("*.") and host.partition(".")[2] == pattern[2:])


_ROLES: Mapping[str, Callable[[Object, Objects], Iterable[dict[str, str]]]] = {
    "pod": _pod,
    "node": _node_target,
    "service": _service_target,
    "endpoints": _endpoints,
    "endpointslice": _endpointslice,
    "ingress": _ingress,
}
