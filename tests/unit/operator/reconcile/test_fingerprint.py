from collections.abc import Callable
from typing import Any

from otel_operator.api.digest import digest
from otel_operator.reconcile.fingerprint import fingerprint

Child = Callable[..., dict[str, Any]]


def test_key_order_does_not_matter() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_a_status_write_leaves_a_workload_as_it_was(child: Child) -> None:
    before = child("Deployment", "d", 1, metadata={"generation": 3})
    after = child("Deployment", "d", 2, metadata={"generation": 3}, status={"replicas": 1})
    assert fingerprint(before) == fingerprint(after)


def test_the_revision_that_kubernetes_notes_does_not_count(child: Child) -> None:
    noted = {"generation": 3, "annotations": {"deployment.kubernetes.io/revision": "4"}}
    assert fingerprint(child("Deployment", "d", metadata={"generation": 3, "annotations": {}})) == fingerprint(
        child("Deployment", "d", metadata=noted)
    )


def test_spec_labels_and_owner_of_a_workload_count(child: Child) -> None:
    one = fingerprint(child("Deployment", "d", metadata={"generation": 3}))
    assert fingerprint(child("Deployment", "d", metadata={"generation": 4})) != one
    assert fingerprint(child("Deployment", "d", metadata={"generation": 3, "labels": {"a": "b"}})) != one
    assert fingerprint(child("Deployment", "d", owner="", metadata={"generation": 3})) != one


def test_every_write_counts_where_there_is_no_generation(child: Child) -> None:
    assert fingerprint(child("ConfigMap", "c", 1)) != fingerprint(child("ConfigMap", "c", 2))
