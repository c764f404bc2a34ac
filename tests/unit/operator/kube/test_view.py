from typing import Any

from otel_operator.kinds import NAMESPACE, REPLICASET
from otel_operator.kube.view import View


def replica_set(name: str, namespace: str = "shop", uid: str = "u") -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name, "uid": uid, "managedFields": ["long"]}}


def view(most: int = 10) -> View[str]:
    return View(REPLICASET, lambda obj: str(obj["metadata"]["uid"]), metadata_only=True, most=most)


async def test_only_what_is_kept_of_an_object_is_found() -> None:
    shown = view()
    shown.put(replica_set("a"))
    shown.put(replica_set("b", "other", "v"))
    assert shown.get("shop", "a") == "u"
    assert shown.get("shop", "b") is None
    assert list(shown.of("other")) == ["v"]
    assert list(shown.of("nowhere")) == []
    assert len(shown) == 2


async def test_a_change_takes_the_place_of_what_was_there_and_a_deletion_frees_it() -> None:
    shown = view()
    for uid in ("u", "v"):
        shown.put(replica_set("a", uid=uid))
    assert shown.get("shop", "a") == "v"
    assert len(shown) == 1
    shown.drop(replica_set("a"))
    shown.drop(replica_set("a"))
    assert len(shown) == 0


async def test_what_finds_no_room_is_left_out_and_counted() -> None:
    shown = view(most=2)
    for name in ("a", "b", "c", "d"):
        shown.put(replica_set(name))
    shown.put(replica_set("a", uid="new"))
    assert (len(shown), shown.left_out, shown.get("shop", "c"), shown.get("shop", "a")) == (2, 2, None, "new")


async def test_a_list_replaces_everything_at_once_and_fills_the_view() -> None:
    shown = view()
    shown.put(replica_set("old"))
    assert not shown.filled.is_set()
    listed = shown.empty()
    listed.put(replica_set("new"))
    assert shown.get("shop", "old") == "u"
    shown.replace(listed)
    assert (shown.get("shop", "old"), shown.get("shop", "new"), len(shown)) == (None, "u", 1)
    assert shown.filled.is_set()


async def test_objects_of_the_cluster_have_no_namespace() -> None:
    shown = View(NAMESPACE, lambda obj: obj["metadata"]["name"], metadata_only=True)
    shown.put({"metadata": {"name": "shop"}})
    assert shown.get("", "shop") == "shop"
