"""What follows from an object is worked out once for each of its versions."""

from typing import Any

from otel_operator.inject.per_version import PerVersion


def thing(name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": "n", "name": name}, "spec": spec}


def test_the_same_object_is_worked_out_once_and_a_new_one_anew() -> None:
    asked: list[Any] = []
    kept, first, second = PerVersion(asked.append), thing("a"), thing("a")
    for obj in (first, first, second, second):
        kept.of(obj)
    assert [id(obj) for obj in asked] == [id(first), id(second)]


def test_only_the_last_used_are_kept() -> None:
    asked: list[Any] = []
    kept, first, often = PerVersion(asked.append), thing("first"), thing("often")
    kept.of(first)
    for number in range(256):
        kept.of(often)
        kept.of(thing(f"c{number}"))
    kept.of(often)
    kept.of(first)
    assert asked.count(often) == 1
    assert asked.count(first) == 2
