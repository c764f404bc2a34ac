"""Target groups of each role, from objects as the API server gives them."""

from otel_agent.receivers.prometheus.discovery.kubernetes.discovery import resources
from otel_agent.receivers.prometheus.discovery.kubernetes.roles import groups_of
from otel_agent.receivers.prometheus.settings.discovery import KubernetesDiscovery

META = "__meta_kubernetes_"
POD = {
    "metadata": {
        "name": "shop-5d4f8-x2",
        "namespace": "web",
        "uid": "u-1",
        "labels": {"app.kubernetes.io/name": "shop"},
        "annotations": {"prometheus.io/scrape": "true"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "shop-5d4f8", "controller": True}],
    },
    "spec": {
        "nodeName": "n1",
        "containers": [
            {
                "name": "app",
                "image": "shop:1",
                "ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 9090, "protocol": "UDP"}],
            },
            {"name": "helper", "image": "helper:1"},
        ],
        "initContainers": [{"name": "setup", "image": "setup:1"}],
    },
    "status": {
        "podIP": "10.0.0.5",
        "hostIP": "192.168.0.1",
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "app", "containerID": "containerd://1"}],
    },
}
SERVICE = {
    "metadata": {"name": "shop", "namespace": "web", "labels": {"team": "a"}},
    "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.1", "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]},
}
NODE = {
    "metadata": {"name": "n1", "labels": {"zone": "b"}},
    "spec": {"providerID": "cloud://n1"},
    "status": {
        "addresses": [{"type": "Hostname", "address": "n1"}, {"type": "InternalIP", "address": "192.168.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
    },
}
REFERENCE = {"kind": "Pod", "name": "shop-5d4f8-x2", "namespace": "web"}


def objects(**found):
    return {
        role: {(item["metadata"].get("namespace", ""), item["metadata"]["name"]): item for item in items}
        for role, items in found.items()
    }


def targets(role, **found):
    """Group and target labels together, without empty ones, of the only group."""
    (group,) = groups_of(role, objects(**found))
    return [{name: value for name, value in {**group.labels, **target}.items() if value} for target in group.targets]


def test_a_pod_has_a_target_for_each_port_and_one_for_a_container_without():
    found = targets("pod", pod=[POD], node=[NODE], namespace=[{"metadata": {"name": "web", "labels": {"tier": "x"}}}])
    assert [each["__address__"] for each in found] == ["10.0.0.5:8080", "10.0.0.5:9090", "10.0.0.5", "10.0.0.5"]
    assert [each[f"{META}pod_container_init"] for each in found] == ["false", "false", "false", "true"]
    expected = {
        "namespace": "web",
        "pod_name": "shop-5d4f8-x2",
        "pod_ip": "10.0.0.5",
        "pod_ready": "true",
        "pod_phase": "Running",
        "pod_node_name": "n1",
        "pod_host_ip": "192.168.0.1",
        "pod_uid": "u-1",
        "pod_controller_kind": "ReplicaSet",
        "pod_controller_name": "shop-5d4f8",
        "pod_deployment_name": "shop",
        "pod_label_app_kubernetes_io_name": "shop",
        "pod_labelpresent_app_kubernetes_io_name": "true",
        "pod_annotation_prometheus_io_scrape": "true",
        "pod_annotationpresent_prometheus_io_scrape": "true",
        "pod_container_name": "app",
        "pod_container_id": "containerd://1",
        "pod_container_image": "shop:1",
        "pod_container_port_name": "http",
        "pod_container_port_number": "8080",
        "pod_container_port_protocol": "TCP",
        "node_label_zone": "b",
        "namespace_label_tier": "x",
    }
    assert {name: found[0][f"{META}{name}"] for name in expected} == expected


def test_a_pod_without_an_address_has_no_targets():
    assert targets("pod", pod=[{**POD, "status": {"phase": "Pending"}}]) == []


def test_a_node_is_reached_at_its_kubelet():
    (found,) = targets("node", node=[NODE])
    assert (found["__address__"], found["instance"]) == ("192.168.0.1:10250", "n1")
    assert (found[f"{META}node_provider_id"], found[f"{META}node_address_InternalIP"]) == ("cloud://n1", "192.168.0.1")


def test_a_service_is_reached_by_its_name():
    (found,) = targets("service", service=[SERVICE])
    assert found["__address__"] == "shop.web.svc:80"
    assert (found[f"{META}service_cluster_ip"], found[f"{META}service_type"], found[f"{META}service_label_team"]) == (
        "10.96.0.1",
        "ClusterIP",
        "a",
    )


def test_endpoints_have_labels_of_service_and_pod_and_the_pods_other_ports():
    endpoints = {
        "metadata": {"name": "shop", "namespace": "web"},
        "subsets": [
            {
                "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
                "addresses": [{"ip": "10.0.0.5", "nodeName": "n1", "targetRef": REFERENCE}],
                "notReadyAddresses": [{"ip": "10.0.0.6"}],
            }
        ],
    }
    found = targets("endpoints", endpoints=[endpoints], service=[SERVICE], pod=[POD], node=[NODE])
    assert [each["__address__"] for each in found] == ["10.0.0.5:8080", "10.0.0.6:8080", "10.0.0.5:9090"]
    first = found[0]
    assert (first[f"{META}endpoints_name"], first[f"{META}service_name"], first[f"{META}pod_name"]) == (
        "shop",
        "shop",
        "shop-5d4f8-x2",
    )
    assert (first[f"{META}pod_container_port_name"], first[f"{META}node_label_zone"]) == ("http", "b")
    assert [each.get(f"{META}endpoint_ready") for each in found] == ["true", "false", None]


def test_endpoint_slices_have_conditions_and_the_labels_behind_them():
    slice_ = {
        "metadata": {"name": "shop-abc", "namespace": "web", "labels": {"kubernetes.io/service-name": "shop"}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP", "appProtocol": "http"}],
        "endpoints": [
            {
                "addresses": ["10.0.0.5"],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "targetRef": REFERENCE,
                "zone": "z",
            },
            {"addresses": ["10.0.0.6"], "conditions": {"ready": False}},
        ],
    }
    found = targets("endpointslice", endpointslice=[slice_], service=[SERVICE], pod=[POD])
    assert [each["__address__"] for each in found] == ["10.0.0.5:8080", "10.0.0.6:8080", "10.0.0.5:9090"]
    prefix = f"{META}endpointslice_"
    assert (found[0][f"{prefix}name"], found[0][f"{prefix}endpoint_conditions_ready"], found[0][f"{prefix}endpoint_zone"]) == (
        "shop-abc",
        "true",
        "z",
    )
    assert found[1][f"{prefix}endpoint_conditions_ready"] == "false"
    assert found[0][f"{META}service_label_team"] == "a"
    assert found[0][f"{META}pod_uid"] == "u-1"


def test_an_ingress_has_a_target_for_each_path():
    ingress = {
        "metadata": {"name": "shop", "namespace": "web"},
        "spec": {
            "ingressClassName": "nginx",
            "tls": [{"hosts": ["*.example.com"]}],
            "rules": [
                {"host": "shop.example.com", "http": {"paths": [{"path": "/a"}, {"path": "/b"}]}},
                {"host": "plain.example.org"},
            ],
        },
    }
    found = targets("ingress", ingress=[ingress])
    assert [(each["__address__"], each[f"{META}ingress_scheme"], each[f"{META}ingress_path"]) for each in found] == [
        ("shop.example.com", "https", "/a"),
        ("shop.example.com", "https", "/b"),
        ("plain.example.org", "http", "/"),
    ]
    assert found[0][f"{META}ingress_class_name"] == "nginx"


def test_what_is_watched_depends_on_role_namespaces_and_selectors():
    config = KubernetesDiscovery.model_validate(
        {"role": "endpoints", "selectors": [{"role": "pod", "label": "a=b"}], "attach_metadata": {"node": True}}
    )
    found = [(role, each.path, each.label_selector) for role, each in resources(config, ["x", "y"])]
    assert found == [
        ("endpoints", "/api/v1/namespaces/x/endpoints", ""),
        ("endpoints", "/api/v1/namespaces/y/endpoints", ""),
        ("service", "/api/v1/namespaces/x/services", ""),
        ("service", "/api/v1/namespaces/y/services", ""),
        ("pod", "/api/v1/namespaces/x/pods", "a=b"),
        ("pod", "/api/v1/namespaces/y/pods", "a=b"),
        ("node", "/api/v1/nodes", ""),
    ]
    assert [each.path for _, each in resources(KubernetesDiscovery(role="ingress"), [])] == [
        "/apis/networking.k8s.io/v1/ingresses"
    ]
