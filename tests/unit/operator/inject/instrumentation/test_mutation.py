"""What holds for every pod, shown on pods by the hundred."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_operator.api.schema import definition
from otel_operator.inject.instrumentation.mutation import instrument, references
from otel_operator.inject.outcome import Outcome
from otel_operator.inject.subject import Subject
from tests.injection.generator import generated_cluster, generated_presence, generated_settings, generated_subject
from tests.injection.subjects import EVERYTHING_ON, Json, asking, instrumentation

SEEDS = st.integers(0, 2**32)
EXTENDED = {
    "JAVA_TOOL_OPTIONS",
    "NODE_OPTIONS",
    "PYTHONPATH",
    "DOTNET_STARTUP_HOOKS",
    "DOTNET_ADDITIONAL_DEPS",
    "DOTNET_SHARED_STORE",
    "LD_LIBRARY_PATH",
    "OTEL_RESOURCE_ATTRIBUTES",
}
"""Variables whose text is added to; the old text stays in it."""
CONFIGURATIONS = ("/etc/nginx", "/usr/local/apache2/conf")


def injected(seed: int) -> tuple[Subject, Outcome, Any]:
    random = Random(seed)
    subject, cluster = generated_subject(random, "ns1", restricted=seed % 10 == 0), generated_cluster(random, "ns1")
    presence, options = generated_presence(random, "ns1"), generated_settings(random)

    def again(pod: Json) -> Outcome:
        changed = Subject(pod, "ns1", subject.namespace_annotations, subject.namespace_labels, subject.owners)
        return instrument(changed, cluster, presence, options)

    before = copy.deepcopy(subject.pod)
    references(subject, cluster, options)
    outcome = again(subject.pod)
    assert subject.pod == before
    return subject, outcome, again


def containers(pod: Json) -> Iterator[tuple[str, Json]]:
    for field in ("initContainers", "containers"):
        for container in pod["spec"].get(field) or ():
            yield field, container


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_a_second_time_changes_nothing(seed: int) -> None:
    _, outcome, again = injected(seed)
    assert again(outcome.pod).pod == outcome.pod


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_only_what_is_reported_as_injected_is_touched(seed: int) -> None:
    subject, outcome, _ = injected(seed)
    touched = {name for done in outcome.injections if done.feature != "go" for name in done.containers}
    after = {container["name"]: container for _, container in containers(outcome.pod)}
    for _, container in containers(subject.pod):
        assert (after[container["name"]] == container) == (container["name"] not in touched)
    assert bool(outcome.injections) == (outcome.pod is not subject.pod)


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_everything_that_asks_is_injected_or_refused_with_a_reason(seed: int) -> None:
    subject, outcome, _ = injected(seed)
    annotations = [subject.annotations, subject.namespace_annotations]
    asks = {key.partition("/inject-")[2] for given in annotations for key in given if "/inject-" in key}
    asks = {language for language in asks if not language.endswith("container-names")}
    answered = {done.feature for done in outcome.injections} | {refusal.feature for refusal in outcome.refusals}
    assert asks == answered
    assert all(0 < len(refusal.message) < 1024 and refusal.reason.isalnum() for refusal in outcome.refusals)


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_nothing_of_the_users_is_lost(seed: int) -> None:
    subject, outcome, _ = injected(seed)
    before, after = subject.pod, outcome.pod
    assert before["metadata"] == after["metadata"]
    changed = {"containers", "initContainers", "volumes", "shareProcessNamespace"}
    assert {k: v for k, v in before["spec"].items() if k not in changed} == {
        k: v for k, v in after["spec"].items() if k not in changed
    }
    assert after["spec"].get("volumes", [])[: len(before["spec"]["volumes"])] == before["spec"]["volumes"]
    order_before = [(field, container["name"]) for field, container in containers(before)]
    assert [pair for field, c in containers(after) if (pair := (field, c["name"])) in order_before] == order_before
    by_name = {container["name"]: container for _, container in containers(after)}
    for _, old in containers(before):
        _nothing_lost(old, by_name[old["name"]])


def _nothing_lost(old: Json, new: Json) -> None:
    assert {k: v for k, v in old.items() if k not in ("env", "volumeMounts")} == {
        k: v for k, v in new.items() if k not in ("env", "volumeMounts")
    }
    mounts = new.get("volumeMounts", [])
    for mount in old.get("volumeMounts", []):
        assert mount in mounts or mount["mountPath"].startswith(CONFIGURATIONS)
    env, attributes = new.get("env", []), "OTEL_RESOURCE_ATTRIBUTES"
    rest = iter(variable for variable in env if variable["name"] != attributes)
    for variable in old.get("env", []):
        # In their order, but for the attributes, which come last.
        candidates = env if variable["name"] == attributes else rest
        assert any(_keeps(variable, candidate) for candidate in candidates), variable


def _keeps(old: Json, new: Json) -> bool:
    if old == new:
        return True
    is_longer = old["name"] == new["name"] and old.get("value", "") in new.get("value", "")
    return is_longer and old["name"] in EXTENDED and "valueFrom" not in old and "valueFrom" not in new


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_names_and_mount_paths_are_unique_and_every_mount_has_its_volume(seed: int) -> None:
    _, outcome, _ = injected(seed)
    spec = outcome.pod["spec"]
    names = [container["name"] for _, container in containers(outcome.pod)]
    volumes = [volume["name"] for volume in spec.get("volumes", [])]
    assert len(set(names)) == len(names)
    assert len(set(volumes)) == len(volumes)
    for _, container in containers(outcome.pod):
        paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
        assert len(set(paths)) == len(paths)
        assert {mount["name"] for mount in container.get("volumeMounts", [])} <= set(volumes)
        assert all("value" not in v or "valueFrom" not in v for v in container.get("env", []))


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_what_is_made_is_of_kubernetes_schema(seed: int) -> None:
    _, outcome, _ = injected(seed)
    for _, container in containers(outcome.pod):
        validator("Container").validate(container)
    for volume in outcome.pod["spec"].get("volumes", []):
        validator("Volume").validate(volume)


@cache
def validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(_closed(definition(f"io.k8s.api.core.v1.{kind}")))


def _closed(schema: Any) -> Any:
    """Forbid fields that the type does not have."""
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "properties" in schema:
        closed["properties"] = {name: _closed(inner) for name, inner in schema["properties"].items()}
        closed["additionalProperties"] = False
    if "items" in schema:
        closed["items"] = _closed(schema["items"])
    return closed


def test_generated_pods_reach_every_language_and_most_reasons() -> None:
    features, reasons = set(), set()
    for seed in range(700):
        _, outcome, _ = injected(seed)
        features |= {done.feature for done in outcome.injections}
        reasons |= {refusal.reason for refusal in outcome.refusals}
    assert features == {"java", "nodejs", "python", "dotnet", "go", "apache-httpd", "nginx", "sdk"}
    assert len(reasons) >= 20, sorted(reasons)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(SEEDS, st.integers(0, 200), JSON)
@settings(max_examples=400, deadline=None)
def test_a_pod_with_a_spoiled_field_never_raises(seed: int, position: int, value: Any) -> None:
    random = Random(seed)
    pod = copy.deepcopy(generated_subject(random, "ns1").pod)
    pod["metadata"]["annotations"] |= asking(java="true", python="true", nginx="true", sdk="true")
    places = list(_places(pod))
    holder, key = places[position % len(places)]
    holder[key] = value
    before = copy.deepcopy(pod)
    subject = Subject(pod, "ns1")
    cluster = generated_cluster(random, "ns2")
    cluster.add(instrumentation())
    references(subject, cluster, EVERYTHING_ON)
    outcome = instrument(subject, cluster, {}, EVERYTHING_ON)
    assert pod == before
    if any(refusal.reason == "MalformedPod" for refusal in outcome.refusals):
        assert outcome.pod is pod


@given(JSON)
@settings(deadline=None)
def test_no_pod_at_all_never_raises(pod: Any) -> None:
    assert instrument(Subject(pod, "ns1"), generated_cluster(Random(1), "ns1"), {}, EVERYTHING_ON).pod is pod


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


@pytest.mark.parametrize("size", [2_000])
def test_many_attributes_are_joined_at_a_cost_that_grows_with_them(size: int) -> None:
    annotations = {f"resource.opentelemetry.io/a{index}": "v" * 50 for index in range(size)} | asking(sdk="true")
    pod = {"metadata": {"annotations": annotations}, "spec": {"containers": [{"name": "app", "env": []}]}}
    subject = Subject(pod, "ns1")
    cluster = generated_cluster(Random(1), "ns2")
    cluster.add(instrumentation())
    outcome = instrument(subject, cluster, {}, EVERYTHING_ON)
    assert len(outcome.pod["spec"]["containers"][0]["env"][-1]["value"].split(",")) > size
