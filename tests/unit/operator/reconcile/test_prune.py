"""Versions of the configuration are kept for pods that still run them; other unwanted children go at once."""

from collections.abc import Callable
from typing import Any

import pytest

from otel_operator.kinds import CONFIGMAP, SERVICE, Kind
from otel_operator.reconcile.cache import Cache, Child
from otel_operator.reconcile.ownership import ChildKey
from otel_operator.reconcile.prune import config_versions_of, superfluous

Builder = Callable[..., dict[str, Any]]


def key(kind: Kind, name: str) -> ChildKey:
    return ChildKey(kind, "n", name)


@pytest.fixture
def owned(child: Builder) -> dict[ChildKey, Child]:
    """A Service, and ConfigMaps c1 (the oldest) to c6."""
    cache = Cache()
    cache.observe_child(key(SERVICE, "s"), child("Service", "s"))
    for number in range(1, 7):
        cache.observe_child(key(CONFIGMAP, f"c{number}"), child("ConfigMap", f"c{number}", number))
    return cache.owned("owner")


def pruned(owned: dict[ChildKey, Child], wanted: str, versions: int) -> list[str]:
    return [found.name for found in superfluous(owned, {key(SERVICE, "s"), key(CONFIGMAP, wanted)}, versions)]


def test_the_newest_versions_and_one_more_stay(owned):
    assert pruned(owned, "c6", 3) == ["c1", "c2"]


def test_the_wanted_version_stays_however_old_it_is(owned):
    assert pruned(owned, "c1", 3) == ["c2", "c3"]


def test_the_version_before_stays_even_if_none_is_to_be_kept(owned):
    assert pruned(owned, "c6", 0) == ["c1", "c2", "c3", "c4"]


def test_a_service_that_is_not_wanted_goes(owned):
    assert [found.name for found in superfluous(owned, {key(CONFIGMAP, "c6")}, 9)] == ["s"]


def test_what_is_being_deleted_is_neither_deleted_again_nor_kept(child):
    cache = Cache()
    for number in range(1, 4):
        cache.observe_child(key(CONFIGMAP, f"c{number}"), child("ConfigMap", f"c{number}", number))
    cache.mark_deleting(key(CONFIGMAP, "c2"))
    assert pruned(cache.owned("owner"), "c3", 1) == []


def test_three_versions_are_kept_unless_the_collector_says_otherwise(collector):
    assert config_versions_of(collector()) == 3
    assert config_versions_of(collector(spec={"configVersions": 0})) == 0
