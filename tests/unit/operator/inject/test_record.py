"""What is recorded on a pod is read back, whatever anybody else wrote there."""

import copy
import json
from collections.abc import Sequence
from typing import Any

import pytest

from otel_operator.inject.digests import Digests, instrumentation_digests
from otel_operator.inject.outcome import Injection, Outcome, Refusal
from otel_operator.inject.record import INJECTED, REFUSED, Record, read, record
from otel_operator.settings import default_agent_images

DEFAULT_IMAGES = default_agent_images()
DIGESTS = Digests(DEFAULT_IMAGES)

JsonObject = dict[str, Any]
SDK = ("apps", "sdk")


class Cluster:
    """Surroundings with one Instrumentation and one collector."""

    def __init__(self, **spec: Any) -> None:
        self.spec = spec

    def instrumentations(self, namespace: str) -> Sequence[JsonObject]:
        return [self.instrumentation(namespace, "sdk") or {}]

    def instrumentation(self, namespace: str, name: str) -> JsonObject | None:
        return {"metadata": {"namespace": namespace, "name": name}, "spec": self.spec} if (namespace, name) == SDK else None

    def collectors(self, namespace: str) -> Sequence[JsonObject]:
        return [self.collector(namespace, "side") or {}]

    def collector(self, namespace: str, name: str) -> JsonObject | None:
        return {"metadata": {"namespace": namespace, "name": name}, "spec": {"mode": "sidecar"}}


def outcome(*injections: Injection, refusals: tuple[Refusal, ...] = (), **metadata: Any) -> Outcome:
    return Outcome({"metadata": metadata, "spec": {"containers": []}}, injections, refusals)


def annotations(done: Outcome) -> dict[str, str]:
    found: dict[str, str] = done.pod["metadata"]["annotations"]
    return found


def test_what_was_injected_is_read_back_with_the_digest_of_its_source() -> None:
    cluster = Cluster(exporter={"endpoint": "http://a:4318"})
    given = outcome(Injection("python", SDK, ("app",)), Injection("sidecar", ("apps", "side")), labels={"a": "b"})
    before = copy.deepcopy(given.pod)
    done = record(given, cluster, DIGESTS)
    sources = read(annotations(done)).injected
    live = cluster.instrumentation(*SDK)
    assert live is not None
    assert sources["python"] == (*SDK, instrumentation_digests(live, DEFAULT_IMAGES)["python"])
    assert sources["sidecar"][:2] == ("apps", "side")
    assert done.pod["metadata"]["labels"] == {"a": "b", INJECTED: "true"}
    assert given.pod == before


def test_refused_pod_is_marked_so_that_it_is_found() -> None:
    refusal = Refusal("java", "NoInstrumentation", "there is none in namespace apps", None)
    done = record(outcome(refusals=(refusal, Refusal("go", "Disabled", "off", SDK))), Cluster(), DIGESTS)
    assert read(annotations(done)).refused == (refusal, Refusal("go", "Disabled", "off", SDK))
    assert json.loads(annotations(done)[REFUSED])[0] == {
        "feature": "java",
        "reason": "NoInstrumentation",
        "message": "there is none in namespace apps",
    }
    assert done.pod["metadata"]["labels"] == {INJECTED: "false"}


def test_untouched_pod_stays_the_same_object() -> None:
    given = outcome()
    assert record(given, Cluster(), DIGESTS) is given


def test_refusals_that_a_template_was_copied_with_go() -> None:
    copied = record(outcome(refusals=(Refusal("java", "X", "y"),)), Cluster(), DIGESTS)
    assert record(Outcome(copied.pod), Cluster(), DIGESTS).pod["metadata"] == {"labels": {}, "annotations": {}}


def test_pod_whose_annotations_leave_no_room_goes_without_a_record() -> None:
    full = outcome(Injection("python", SDK), annotations={"a": "x" * (256 * 1024 - 50)})
    assert record(full, Cluster(), DIGESTS) is full


def with_agent(done: Outcome) -> Outcome:
    agent = {"name": "opentelemetry-auto-instrumentation-python"}
    return Outcome({**done.pod, "spec": {"containers": [], "initContainers": [agent]}}, done.injections, done.refusals)


@pytest.mark.parametrize("labels", [{INJECTED: "true"}, {}])
def test_injections_that_a_template_was_copied_with_go(labels: dict[str, str]) -> None:
    text = '{"python":{"resource":"apps/sdk","spec":"old"},"sidecar":{"resource":"apps/side","spec":"old"}}'
    copied = outcome(labels=labels, annotations={INJECTED: text, REFUSED: "[]", "a": "b"})
    assert record(copied, Cluster(), DIGESTS).pod["metadata"] == {"labels": {}, "annotations": {"a": "b"}}
    newly = with_agent(Outcome(copied.pod, (Injection("java", SDK, ("app",)),)))
    assert set(read(annotations(record(newly, Cluster(), DIGESTS))).injected) == {"java"}


def test_copy_of_a_whole_pod_keeps_its_record_and_gets_the_label_back() -> None:
    first = record(with_agent(outcome(Injection("python", SDK), refusals=(Refusal("go", "X", "y"),))), Cluster(), DIGESTS)
    unlabelled = {**first.pod, "metadata": {"annotations": annotations(first)}}
    assert record(Outcome(unlabelled), Cluster(), DIGESTS).pod == first.pod


def test_second_admission_keeps_what_the_first_recorded() -> None:
    first = record(with_agent(outcome(Injection("python", SDK), refusals=(Refusal("go", "X", "y"),))), Cluster(), DIGESTS)
    assert record(Outcome(first.pod), Cluster(), DIGESTS).pod is first.pod
    second = record(Outcome(first.pod, (Injection("sidecar", ("apps", "side")),)), Cluster(), DIGESTS)
    assert set(read(annotations(second)).injected) == {"python", "sidecar"}


@pytest.mark.parametrize("metadata", [[1], "x", {"labels": [1]}, {"annotations": "x"}])
def test_malformed_pod_is_left_alone(metadata: Any) -> None:
    given = Outcome({"metadata": metadata}, (Injection("python", SDK),))
    assert record(given, Cluster(), DIGESTS).pod == given.pod


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"python":1}', '{"python":{"resource":"x"}}', "[" * 100_000])
def test_what_cannot_be_read_counts_as_not_there(text: str) -> None:
    assert read({INJECTED: text, REFUSED: text}) == Record()


def test_long_messages_and_many_refusals_are_cut() -> None:
    refusals = tuple(Refusal("java", "X", "m" * 10_000) for _ in range(100))
    assert len(annotations(record(outcome(refusals=refusals), Cluster(), DIGESTS))[REFUSED]) < 16 * 1024
