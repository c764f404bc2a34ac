"""A pod is made anew from its controller's template, as it would come to the webhook."""

from otel_operator.inject.replay import fresh_pod, subject_of
from otel_operator.inject.subject import Owner

REPLICA_SET = {
    "apiVersion": "apps/v1",
    "kind": "ReplicaSet",
    "metadata": {"name": "web-5d4f", "uid": "u"},
    "spec": {"template": {"metadata": {"annotations": {"a": "b"}}, "spec": {"containers": [{"name": "app"}]}}},
}
POD = {
    "metadata": {"name": "web-5d4f-x", "namespace": "shop", "ownerReferences": [{"name": "web-5d4f"}], "annotations": {"x": "y"}},
    "spec": {"initContainers": [{"name": "agent"}], "containers": [{"name": "app"}]},
}


def test_what_injection_added_is_not_in_the_fresh_pod() -> None:
    fresh = fresh_pod(POD, REPLICA_SET)
    assert fresh["spec"] == {"containers": [{"name": "app"}]}
    assert fresh["metadata"] == {
        "annotations": {"a": "b"},
        "generateName": "web-5d4f-",
        "namespace": "shop",
        "ownerReferences": [{"name": "web-5d4f"}],
    }


def test_pod_without_a_template_is_taken_as_it_is() -> None:
    assert fresh_pod(POD, None) is POD
    assert fresh_pod(POD, {"metadata": {"name": "x"}, "spec": {}}) is POD


def test_subject_knows_namespace_and_owners() -> None:
    namespace = {"metadata": {"name": "shop", "annotations": {"c": "d"}, "labels": {"e": "f"}}}
    subject = subject_of(POD, namespace, (REPLICA_SET,))
    assert subject.namespace_annotations == {"c": "d"}
    assert subject.owners == (Owner("apps/v1", "ReplicaSet", "web-5d4f", "u"),)
