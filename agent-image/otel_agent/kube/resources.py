"""Where the objects of a kind are, and which of them are asked for. Pure."""

from dataclasses import dataclass

_PLACES = {
    "pod": ("/api/v1", "pods"),
    "service": ("/api/v1", "services"),
    "endpoints": ("/api/v1", "endpoints"),
    "node": ("/api/v1", "nodes"),
    "namespace": ("/api/v1", "namespaces"),
    "endpointslice": ("/apis/discovery.k8s.io/v1", "endpointslices"),
    "ingress": ("/apis/networking.k8s.io/v1", "ingresses"),
    "replicaset": ("/apis/apps/v1", "replicasets"),
    "deployment": ("/apis/apps/v1", "deployments"),
    "statefulset": ("/apis/apps/v1", "statefulsets"),
    "daemonset": ("/apis/apps/v1", "daemonsets"),
    "job": ("/apis/batch/v1", "jobs"),
}
_CLUSTER_WIDE = frozenset(("node", "namespace"))


@dataclass(frozen=True, slots=True)
class Resource:
    """What is listed and watched: `path` as in `/api/v1/namespaces/shop/pods`, selectors in Kubernetes' own writing."""

    path: str
    label_selector: str = ""
    field_selector: str = ""

    @property
    def plural(self) -> str:
        """As permissions name it."""
        return self.path.rpartition("/")[2]

    @property
    def parameters(self) -> dict[str, str]:
        """The selectors, as a request has them."""
        selectors = {"labelSelector": self.label_selector, "fieldSelector": self.field_selector}
        return {name: value for name, value in selectors.items() if value}


def resource_of(kind: str, namespace: str = "", *, label_selector: str = "", field_selector: str = "") -> Resource:
    """Return the objects of a kind (in lower case, singular) in a namespace, or in all; KeyError for a kind nobody asks for."""
    base, plural = _PLACES[kind]
    where = f"/namespaces/{namespace}" if namespace and kind not in _CLUSTER_WIDE else ""
    return Resource(f"{base}{where}/{plural}", label_selector, field_selector)


def object_path(kind: str, name: str, namespace: str = "") -> str:
    """Return the path of one object."""
    return f"{resource_of(kind, namespace).path}/{name}"


CLUSTER = object_path("namespace", "kube-system")
"""The namespace whose uid stands for that of the cluster, which has none (semantic conventions, `k8s.cluster.uid`)."""
