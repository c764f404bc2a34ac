"""An explanation names what was asked, chosen and done, and each way to go wrong has its remedy."""

from typing import Any

import pytest

from otel_operator.inject.digests import Digests
from otel_operator.inject.explanation import Evidence, Explanation, Step, Unreached, explain
from otel_operator.inject.outcome import Injection, Outcome, Refusal
from otel_operator.inject.record import record
from otel_operator.settings import InjectionSettings

JsonObject = dict[str, Any]
PREFIX = "instrumentation.opentelemetry.io/"
ASKS = {f"{PREFIX}inject-python": "true"}
SETTINGS = InjectionSettings()


def instrumentation(name: str = "sdk", namespace: str = "shop", made: str = "2026-01-01T00:00:00Z", **spec: Any) -> JsonObject:
    return {"metadata": {"name": name, "namespace": namespace, "creationTimestamp": made}, "spec": spec}


class Seen:
    """What the webhook saw when it admitted the pod."""

    def instrumentations(self, namespace: str) -> list[JsonObject]:
        return [instrumentation()]

    def instrumentation(self, namespace: str, name: str) -> JsonObject:
        return instrumentation()

    def collectors(self, namespace: str) -> list[JsonObject]:
        return []

    def collector(self, namespace: str, name: str) -> None:
        return None


def pod(annotations: JsonObject, *injections: Injection, refusals: tuple[Refusal, ...] = (), **spec: Any) -> JsonObject:
    metadata = {"name": "web-1", "namespace": "shop", "creationTimestamp": "2026-01-02T00:00:00Z", "annotations": annotations}
    return record(Outcome({"metadata": metadata, "spec": spec}, injections, refusals), Seen(), Digests(SETTINGS.images)).pod


DEPLOYMENT = {"kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": {}}}
RESTART = "run: kubectl rollout restart deployment/web -n shop"


def explained(of: JsonObject, *instrumentations: JsonObject, namespace: JsonObject | None = None, **more: Any) -> Explanation:
    place = {"metadata": {"name": "shop", "annotations": namespace or {}}}
    return explain(Evidence(of, place, (DEPLOYMENT,), instrumentations, **more))


def step(found: Explanation, name: str, finding: str) -> Step:
    return next(step for step in found.steps if (step.step, step.finding) == (name, finding))


def test_injected_pod_needs_no_change() -> None:
    found = explained(pod(ASKS, Injection("python", ("shop", "sdk"), ("app",))), instrumentation(), reached=True)
    assert found.pod == "pod shop/web-1 of Deployment web"
    assert [(item.step, item.finding) for item in found.steps] == [
        ("asked", "ok"),
        ("chosen", "ok"),
        ("reached", "ok"),
        ("done", "ok"),
    ]
    assert found.changes == ()


def test_precedence_of_pod_and_namespace_is_shown() -> None:
    found = explained(pod({}), instrumentation("mine"), namespace={f"{PREFIX}inject-python": "mine"})
    assert "python: the namespace says 'mine'" in step(found, "asked", "ok").text
    off = explained(pod({f"{PREFIX}inject-python": "false"}), namespace=ASKS)
    assert "the pod says 'false' and the namespace says 'true'" in step(off, "asked", "note").text
    assert "it is not asked for" in step(off, "asked", "note").text


def test_a_collectors_own_pod_does_not_ask_by_its_namespace() -> None:
    of = pod({})
    of["metadata"]["labels"] = {
        "app.kubernetes.io/managed-by": "opentelemetry-operator",
        "app.kubernetes.io/component": "opentelemetry-collector",
    }
    found = explained(of, instrumentation(), namespace=ASKS | {"sidecar.opentelemetry.io/inject": "true"})
    notes = [item.text for item in found.steps if (item.step, item.finding) == ("asked", "note")]
    assert len(notes) == 2
    assert all("it is not asked for, since the pod is a collector's own" in text for text in notes)
    assert not [item for item in found.steps if item.step == "chosen" or "asked for, and nothing was done" in item.text]


def test_pod_that_asks_for_nothing_is_told_how_to_ask() -> None:
    found = explained(pod({}), instrumentation())
    assert f'set {PREFIX}inject-<language>: "true"' in found.changes[0]


def test_annotation_of_the_workload_itself_is_found() -> None:
    owner = {**DEPLOYMENT, "metadata": {**DEPLOYMENT["metadata"], "annotations": ASKS}}  # type: ignore[dict-item]
    found = explain(Evidence(pod({}), {"metadata": {"name": "shop"}}, (owner,), (instrumentation(),)))
    assert "move it to spec.template.metadata.annotations of the Deployment web" in found.changes


def test_misspelt_annotation_and_label_are_found() -> None:
    of = pod({f"{PREFIX}inject-pyhton": "true"})
    of["metadata"]["labels"] = {f"{PREFIX}inject-java": "true"}
    changes = explained(of, instrumentation()).changes
    assert f"call it {PREFIX}inject-python" in changes
    assert "make it an annotation" in changes


@pytest.mark.parametrize(
    ("value", "existing", "text", "change"),
    [
        ("true", [], "namespace shop has no Instrumentation", "create one there"),
        ("true", [instrumentation("a"), instrumentation("b")], "has 2 Instrumentations (a, b)", "name one of them"),
        ("c", [instrumentation("a")], "there is no Instrumentation 'c'", "create it, or correct"),
    ],
)
def test_choice_that_fails_says_why(value: str, existing: list[JsonObject], text: str, change: str) -> None:
    found = step(explained(pod({f"{PREFIX}inject-python": value}), *existing), "chosen", "problem")
    assert text in found.text
    assert change in found.change


def test_language_that_is_off_names_the_flag() -> None:
    found = explained(pod({f"{PREFIX}inject-go": "true"}), instrumentation())
    assert "start the operator with --enable-go-instrumentation" in found.changes


def test_pod_older_than_its_instrumentation_is_to_be_made_anew() -> None:
    found = explained(pod(ASKS), instrumentation(made="2026-02-01T00:00:00Z"))
    assert "after the pod" in step(found, "chosen", "problem").text
    assert RESTART in found.changes


def test_older_injection_is_told_with_the_restart() -> None:
    found = explained(pod(ASKS, Injection("python", ("shop", "sdk"))), instrumentation(propagators=["b3"]))
    assert "the pod runs an older injection" in step(found, "done", "problem").text
    assert found.changes == (RESTART,)


def test_refusal_is_told_in_its_own_words() -> None:
    refusal = Refusal("python", "ValueFrom", "container app: give PYTHONPATH a value", ("shop", "sdk"))
    found = explained(pod(ASKS, refusals=(refusal,)), instrumentation())
    assert "python: refused (of shop/sdk), ValueFrom: container app" in step(found, "done", "problem").text
    assert found.changes == (f"container app: give PYTHONPATH a value; then {RESTART}",)


def test_pod_without_a_record_missed_the_webhook_or_was_injected_by_another() -> None:
    missed = step(explained(pod(ASKS), instrumentation()), "done", "problem")
    assert "the webhook was not called" in missed.text
    agent = [{"name": "opentelemetry-auto-instrumentation-python"}]
    other = explained(pod(ASKS, initContainers=agent), instrumentation())
    assert "by another operator" in step(other, "done", "note").text
    collector = [{"name": "otc-container"}]
    sidecar = explained(pod({"sidecar.opentelemetry.io/inject": "true"}, containers=collector))
    assert "by another operator" in step(sidecar, "done", "note").text


def test_registration_that_leaves_the_pod_out_is_told() -> None:
    found = explained(pod(ASKS), instrumentation(), reached=Unreached("its namespace is left out", "label it"))
    assert step(found, "reached", "problem").change == "label it"


def test_what_a_new_pod_would_get_comes_from_the_webhooks_own_functions() -> None:
    refusal = Refusal("java", "LanguageOff", "java is off; switch it on")
    replay = Outcome({}, (Injection("python", ("shop", "sdk"), ("app", "second")),), (refusal,))
    found = explained(pod(ASKS), instrumentation(), replay=replay)
    assert step(found, "now", "ok").text == "python: a new pod would get it into app, second from shop/sdk"
    assert "java is off; switch it on" in found.changes


def test_refusal_whose_cause_is_gone_asks_for_a_new_pod_only() -> None:
    none = Refusal("python", "NoInstrumentation", "namespace shop has none; create one")
    granted = Outcome({}, (Injection("python", ("shop", "sdk"), ("app",)),))
    found = explained(pod(ASKS, refusals=(none,)), instrumentation(), replay=granted)
    assert step(found, "done", "problem").text.endswith("namespace shop has none; create one. That holds no more")
    assert found.changes == (RESTART,)
    in_part = Outcome({}, granted.injections, (none,))
    assert explained(pod(ASKS, refusals=(none,)), instrumentation(), replay=in_part).changes == (
        f"{none.message}; then {RESTART}",
    )


@pytest.mark.parametrize("others", [(), (instrumentation(),)])
def test_injection_of_another_than_is_chosen_by_now_is_told_with_the_restart(others: tuple[JsonObject, ...]) -> None:
    of = pod(ASKS, Injection("python", ("shop", "sdk"), ("app",)))
    found = explained(of, *others, instrumentation("second"), namespace={f"{PREFIX}inject-python": "second"})
    assert (
        "injected from shop/sdk, and by now 'second' chooses Instrumentation shop/second" in step(found, "done", "problem").text
    )
    assert found.changes == (RESTART,)


def test_refusal_that_stays_is_not_told_twice() -> None:
    refusal = Refusal("java", "LanguageOff", "java is off; switch it on", ("shop", "sdk"))
    found = explained(pod(ASKS, refusals=(refusal,)), instrumentation(), replay=Outcome({}, (), (refusal,)))
    assert step(found, "now", "problem") == Step("now", "problem", "java: a new pod would be refused it, still")
