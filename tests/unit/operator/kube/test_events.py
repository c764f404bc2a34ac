import asyncio
from typing import Any

import pytest

from otel_operator.errors import NotFound
from otel_operator.kube.events import EventRecorder


class Posted:
    """Takes what a recorder posts."""

    def __init__(self) -> None:
        self.created: list[dict[str, Any]] = []
        self.patched: list[tuple[str, dict[str, Any]]] = []
        self.forgotten = False
        self.arrived = asyncio.Event()

    async def create(self, obj: dict[str, Any]) -> dict[str, Any]:
        self.created.append(obj)
        self.arrived.set()
        return obj

    async def merge_patch(self, kind: Any, namespace: str, name: str, patch: dict[str, Any]) -> dict[str, Any]:
        if self.forgotten:
            raise NotFound("PATCH", 404, "NotFound", "")
        self.patched.append((name, patch))
        return {}


def collector(name: str = "x") -> dict[str, Any]:
    meta = {"namespace": "n", "name": name, "uid": f"uid-{name}", "resourceVersion": "1"}
    return {"apiVersion": "opentelemetry.io/v1beta1", "kind": "OpenTelemetryCollector", "metadata": meta}


@pytest.fixture
def posted() -> Posted:
    return Posted()


def recorder_of(posted: Posted, **options: Any) -> EventRecorder:
    return EventRecorder(posted, "me", rate=10_000, **options)  # type: ignore[arg-type]


async def test_what_is_recorded_later_is_posted_too(posted: Posted) -> None:
    recorder = recorder_of(posted)
    async with asyncio.timeout(10):
        task = asyncio.create_task(recorder.run())
        for name in ("a", "b"):
            posted.arrived.clear()
            recorder.record(collector(name), "Normal", "R", "n")
            await posted.arrived.wait()
    task.cancel()
    assert [event["regarding"]["name"] for event in posted.created] == ["a", "b"]


async def test_an_event_says_whom_it_regards_and_who_says_so(posted: Posted) -> None:
    recorder = recorder_of(posted)
    recorder.record(collector(), "Warning", "ConfigInvalid", "spec.config: no")
    await recorder.post_all()
    (event,) = posted.created
    assert event["regarding"]["uid"] == "uid-x"
    assert (event["type"], event["reason"], event["note"]) == ("Warning", "ConfigInvalid", "spec.config: no")
    assert (event["reportingController"], event["reportingInstance"]) == ("opentelemetry-operator", "me")
    assert event["metadata"]["namespace"] == "n"
    assert event["metadata"]["name"].startswith("x.")


async def test_a_repeated_event_becomes_a_series(posted: Posted) -> None:
    recorder = recorder_of(posted)
    for _ in range(3):
        recorder.record(collector(), "Normal", "Same", "note")
        await recorder.post_all()
    assert len(posted.created) == 1
    assert [patch["series"]["count"] for _, patch in posted.patched] == [2, 3]


async def test_a_series_that_the_server_forgot_starts_anew(posted: Posted) -> None:
    recorder = recorder_of(posted)
    recorder.record(collector(), "Normal", "Same", "note")
    await recorder.post_all()
    posted.forgotten = True
    recorder.record(collector(), "Normal", "Same", "note")
    await recorder.post_all()
    assert len(posted.created) == 2


async def test_a_full_queue_drops_its_oldest(posted: Posted) -> None:
    recorder = recorder_of(posted, capacity=2)
    for name in ("a", "b", "c"):
        recorder.record(collector(name), "Normal", "R", "n")
    await recorder.post_all()
    assert [event["regarding"]["name"] for event in posted.created] == ["b", "c"]
    assert recorder.dropped == 1


async def test_a_long_note_is_cut_to_what_the_server_takes(posted: Posted) -> None:
    recorder = recorder_of(posted)
    recorder.record(collector(), "Normal", "R", "n" * 5000)
    await recorder.post_all()
    assert len(posted.created[0]["note"]) == 1024


async def test_a_note_is_measured_in_bytes_and_cut_between_characters(posted: Posted) -> None:
    recorder = recorder_of(posted)
    recorder.record(collector(), "Normal", "R", "a" + "ä" * 1024)
    await recorder.post_all()
    assert len(posted.created[0]["note"].encode()) == 1023
