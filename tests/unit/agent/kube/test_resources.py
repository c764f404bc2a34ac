import pytest

from otel_agent.kube.resources import CLUSTER, object_path, resource_of


@pytest.mark.parametrize(
    ("kind", "namespace", "path"),
    [
        ("pod", "", "/api/v1/pods"),
        ("pod", "shop", "/api/v1/namespaces/shop/pods"),
        ("node", "shop", "/api/v1/nodes"),
        ("endpointslice", "shop", "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices"),
        ("job", "", "/apis/batch/v1/jobs"),
    ],
)
def test_kinds_have_their_place_in_a_namespace_or_in_none(kind: str, namespace: str, path: str) -> None:
    assert resource_of(kind, namespace).path == path


def test_selectors_that_are_not_given_are_not_asked_for() -> None:
    assert resource_of("pod").parameters == {}
    assert resource_of("pod", label_selector="a=b").parameters == {"labelSelector": "a=b"}
    assert resource_of("ingress", "shop").plural == "ingresses"


def test_an_object_is_below_its_kind() -> None:
    assert object_path("node", "n1") == "/api/v1/nodes/n1"
    assert object_path("deployment", "web", "shop") == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert CLUSTER == "/api/v1/namespaces/kube-system"
