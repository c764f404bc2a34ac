"""A Service that has the collector's name: whose is it?"""

from collections.abc import Callable
from typing import Any

import pytest

from otel_operator.kinds import SERVICE
from otel_operator.labels import INSTANCE, MANAGED_BY
from otel_operator.reconcile.apply import is_foreign
from otel_operator.reconcile.ownership import ChildKey
from otel_operator.reconcile.plan import Planned, planned_objects

LABELS = {MANAGED_BY: "opentelemetry-operator", INSTANCE: "n.x"}


@pytest.fixture
def alias(collector: Callable[..., dict[str, Any]]) -> Planned:
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "n", "labels": LABELS}}
    (planned,) = planned_objects(collector(), [body])
    assert planned.key == ChildKey(SERVICE, "n", "x")
    return planned


def test_a_users_own_service_is_foreign(alias, child):
    assert is_foreign(child("Service", "x", owner=""), alias, "owner")


def test_the_collectors_own_is_not(alias, child):
    assert not is_foreign(child("Service", "x"), alias, "owner")


def test_that_of_a_former_collector_of_the_same_name_is_not(alias, child):
    assert not is_foreign(child("Service", "x", owner="former"), alias, "owner")


def test_one_that_lost_its_owner_is_not(alias, child):
    assert not is_foreign(child("Service", "x", owner="", metadata={"labels": LABELS}), alias, "owner")


def test_that_of_another_controller_is_foreign_whatever_its_labels(alias, child):
    owner = {"apiVersion": "v1", "kind": "Other", "name": "x", "uid": "o", "controller": True}
    assert is_foreign(child("Service", "x", metadata={"labels": LABELS, "ownerReferences": [owner]}), alias, "owner")
