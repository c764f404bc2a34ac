"""Foreign entries in lists and data maps are found; what the API server fills in is not mistaken for one."""

import pytest

from otel_operator.reconcile.strays import correction, whole

PORT = {"name": "otlp-grpc", "port": 4317, "protocol": "TCP"}


def service(*ports: dict, **fields) -> dict:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": list(ports), **fields}}


def test_object_with_the_servers_own_additions_needs_no_correction():
    live = service({**PORT, "targetPort": 4317}, clusterIPs=["10.0.0.1"], sessionAffinity="None")
    assert correction(service(PORT), live) == {}


def test_port_added_by_hand_is_taken_out_by_sending_our_list():
    assert correction(service(PORT), service(PORT, {"port": 9, "protocol": "TCP"})) == {"spec": {"ports": [PORT]}}


def test_entry_added_deep_inside_a_list_replaces_the_outermost_list():
    def pod(*env: dict) -> dict:
        return {"spec": {"template": {"spec": {"containers": [{"name": "c", "env": list(env)}]}}}}

    ours, theirs = {"name": "A", "value": "1"}, {"name": "B", "value": "2"}
    assert correction(pod(ours), pod(ours, theirs)) == {
        "spec": {"template": {"spec": {"containers": [{"name": "c", "env": [ours]}]}}}
    }


@pytest.mark.parametrize("field", ["data", "binaryData"])
def test_foreign_keys_of_a_configmap_are_dropped(field):
    assert correction({field: {"a": "1"}}, {field: {"a": "1", "b": "2"}}) == {field: {"b": None}}


def test_labels_added_by_others_are_their_own():
    desired = {"metadata": {"labels": {"a": "1"}}, "spec": {"selector": {"a": "1"}}}
    live = {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"selector": {"a": "1"}}}
    assert correction(desired, live) == {}


def test_whole_says_everything_but_identity():
    assert whole(service(PORT)) == {"spec": {"ports": [PORT]}}
