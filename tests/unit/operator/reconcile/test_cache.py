from collections.abc import Callable
from typing import Any

from otel_operator.kinds import CONFIGMAP, DEPLOYMENT
from otel_operator.reconcile.cache import Cache
from otel_operator.reconcile.ownership import ChildKey, Key

Builder = Callable[..., dict[str, Any]]
OWNER = Key("n", "x")
MAP, WORKLOAD = ChildKey(CONFIGMAP, "n", "c"), ChildKey(DEPLOYMENT, "n", "d")


def test_a_new_collector_is_news_and_its_status_is_not(collector: Builder) -> None:
    cache = Cache()
    assert cache.observe_collector(collector())
    assert not cache.observe_collector(collector(metadata={"resourceVersion": "2"}, status={"version": "1"}))
    assert cache.collectors[OWNER]["status"] == {"version": "1"}
    assert cache.observe_collector(collector(metadata={"resourceVersion": "3", "generation": 2}))


def test_older_news_of_a_collector_is_dropped(collector: Builder) -> None:
    cache = Cache()
    cache.observe_collector(collector(metadata={"resourceVersion": "10", "generation": 2}))
    assert not cache.observe_collector(collector(metadata={"resourceVersion": "9"}))
    assert not cache.observe_collector(collector(metadata={"resourceVersion": "9"}), deleted=True)
    assert cache.collectors[OWNER]["metadata"]["generation"] == 2


def test_managed_fields_are_not_kept(collector: Builder) -> None:
    cache = Cache()
    cache.observe_collector(collector(metadata={"managedFields": [{}]}))
    assert "managedFields" not in cache.collectors[OWNER]["metadata"]


def test_the_echo_of_an_apply_is_no_news(child: Builder) -> None:
    cache = Cache()
    live = child("ConfigMap", "c", 5)
    with cache.applying(MAP):
        assert cache.record_applied(MAP, live, "digest")
    assert cache.observe_child(MAP, live) is None
    assert cache.children[MAP].applied == "digest"


def test_an_echo_that_is_faster_than_the_answer_is_no_news_either(child: Builder) -> None:
    cache = Cache()
    live = child("ConfigMap", "c", 5)
    with cache.applying(MAP):
        assert cache.observe_child(MAP, live) is None
        assert cache.record_applied(MAP, live, "digest")
    assert cache.children[MAP].applied == "digest"


def test_a_hand_edit_is_news_to_the_owner_and_voids_the_apply(child: Builder) -> None:
    cache = Cache()
    with cache.applying(MAP):
        cache.record_applied(MAP, child("ConfigMap", "c", 5), "digest")
    assert cache.observe_child(MAP, child("ConfigMap", "c", 6)) == OWNER
    assert cache.children[MAP].applied == ""


def test_a_change_while_our_write_is_under_way_is_told_to_the_writer(child: Builder) -> None:
    cache = Cache()
    with cache.applying(MAP):
        cache.observe_child(MAP, child("ConfigMap", "c", 6))
        assert not cache.record_applied(MAP, child("ConfigMap", "c", 5), "digest")


def test_a_deletion_while_our_write_is_under_way_is_not_forgotten(child: Builder) -> None:
    cache = Cache()
    with cache.applying(MAP):
        cache.observe_child(MAP, child("ConfigMap", "c", 5))
        assert cache.observe_child(MAP, child("ConfigMap", "c", 7), deleted=True) == OWNER
        assert not cache.record_applied(MAP, child("ConfigMap", "c", 5), "digest")
    assert MAP not in cache.children


def test_a_late_deletion_of_a_former_object_is_dropped(child: Builder) -> None:
    cache = Cache()
    cache.observe_child(MAP, child("ConfigMap", "c", 9, uid="new"))
    assert cache.observe_child(MAP, child("ConfigMap", "c", 8, uid="old"), deleted=True) is None
    assert cache.children[MAP].uid == "new"


def test_a_workload_status_is_news_and_keeps_the_apply(child: Builder) -> None:
    cache = Cache()
    meta = {"generation": 1}
    with cache.applying(WORKLOAD):
        cache.record_applied(WORKLOAD, child("Deployment", "d", 5, metadata=meta), "digest")
    assert cache.observe_child(WORKLOAD, child("Deployment", "d", 6, metadata=meta, status={"readyReplicas": 1})) == OWNER
    assert cache.observe_child(WORKLOAD, child("Deployment", "d", 7, metadata=meta, status={"readyReplicas": 1})) is None
    assert cache.children[WORKLOAD].applied == "digest"


def test_objects_of_others_are_not_kept(child: Builder) -> None:
    cache = Cache()
    assert cache.observe_child(MAP, child("ConfigMap", "c", 5, owner="")) is None
    assert not cache.children


def test_a_child_whose_owner_was_edited_away_is_news_to_the_former_owner(child: Builder) -> None:
    cache = Cache()
    cache.observe_child(MAP, child("ConfigMap", "c", 5))
    assert cache.observe_child(MAP, child("ConfigMap", "c", 6, owner="")) == OWNER


def test_children_are_found_by_the_uid_of_their_owner(child: Builder) -> None:
    cache = Cache()
    cache.observe_child(MAP, child("ConfigMap", "c", 5))
    cache.observe_child(WORKLOAD, child("Deployment", "d", 6, owner="other"))
    assert list(cache.owned("owner")) == [MAP]
    cache.forget_child(MAP)
    assert cache.owned("owner") == {}


def test_news_from_before_the_end_do_not_bring_anything_back(collector: Builder, child: Builder) -> None:
    cache = Cache()
    cache.observe_collector(collector(metadata={"resourceVersion": "5"}))
    cache.observe_collector(collector(metadata={"resourceVersion": "9"}), deleted=True)
    assert not cache.observe_collector(collector(metadata={"resourceVersion": "8"}))
    assert cache.observe_collector(collector(metadata={"resourceVersion": "10", "uid": "next"}))
    cache.observe_child(MAP, child("ConfigMap", "c", 5))
    cache.observe_child(MAP, child("ConfigMap", "c", 9), deleted=True)
    assert cache.observe_child(MAP, child("ConfigMap", "c", 8)) is None
    assert MAP not in cache.children


def test_what_is_remembered_of_the_gone_is_bounded(collector: Builder) -> None:
    cache = Cache()
    for number in range(5000):
        cache.observe_collector(collector(metadata={"name": f"x{number}"}), deleted=True)
    assert len(cache._gone) == 4096


def test_two_collectors_may_write_children_of_one_name(child: Builder) -> None:
    cache = Cache()
    with cache.applying(MAP), cache.applying(MAP):
        assert cache.record_applied(MAP, child("ConfigMap", "c", 5), "digest")
