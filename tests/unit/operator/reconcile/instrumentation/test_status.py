"""The status tells how many pods carry an Instrumentation, in which languages and workloads, how many an older one."""

from collections.abc import Callable
from typing import Any

from otel_operator.inject.outcome import Refusal
from otel_operator.reconcile.instrumentation.census import MOST_WORKLOADS, take_census
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods, WorkloadKey
from otel_operator.reconcile.instrumentation.known import known
from otel_operator.reconcile.instrumentation.missed import Missed
from otel_operator.reconcile.instrumentation.status import patch_of, status_of
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import InjectionSettings

Builder = Callable[..., dict[str, Any]]
JsonObject = dict[str, Any]
SDK = Key("apps", "sdk")
NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def status(
    obj: JsonObject,
    *pods: JsonObject,
    held: str = "",
    missed: tuple[Missed, ...] = (),
    now: str = NOW,
    beside: tuple[Key, ...] = (),
) -> JsonObject:
    instrumentation, index = known(obj, InjectionSettings()), InjectedPods()
    for item in pods:
        index.observe(item)
    census = take_census(SDK, instrumentation.digests, index.of(SDK), missed, (SDK, *beside))
    return status_of(instrumentation, census, held, now)


def condition(found: JsonObject, type_: str) -> JsonObject:
    return next(item for item in found["conditions"] if item["type"] == type_)


def test_pods_are_counted_by_language_and_workload(instrumentation: Builder, pod: Builder) -> None:
    old, new = instrumentation(), instrumentation(python={"env": [{"name": "A", "value": "b"}]})
    found = status(
        new,
        pod("web-1", "python", "java", of=old, deployment="web"),
        pod("web-2", "python", of=new, deployment="web"),
        pod("one", "java", of=old, namespace="shop"),
    )
    assert found["injection"] == {
        "pods": 3,
        "outdatedPods": 1,
        "refusedPods": 0,
        "missedPods": 0,
        "languages": [
            {"language": "java", "pods": 2, "outdatedPods": 0},
            {"language": "python", "pods": 2, "outdatedPods": 1},
        ],
        "workloads": [
            {
                "kind": "Deployment",
                "namespace": "apps",
                "name": "web",
                "languages": ["java", "python"],
                "pods": 2,
                "outdatedPods": 1,
                "refusedPods": 0,
                "missedPods": 0,
            },
            {
                "kind": "Pod",
                "namespace": "shop",
                "name": "one",
                "languages": ["java"],
                "pods": 1,
                "outdatedPods": 0,
                "refusedPods": 0,
                "missedPods": 0,
            },
        ],
        "omittedWorkloads": 0,
    }
    assert condition(found, "Degraded")["message"] == "3 pods are injected, 1 of them with an older injection"
    assert condition(found, "Ready")["reason"] == "Reconciled"


def test_refusals_degrade_with_their_reason_and_remedy(instrumentation: Builder, pod: Builder) -> None:
    refusal = Refusal("java", "JavaToolOptionsValueFrom", "container app: give JAVA_TOOL_OPTIONS a value", ("apps", "sdk"))
    pods = [pod(f"p-{number}", of=instrumentation(), refusals=(refusal,), deployment="web") for number in range(2)]
    degraded = condition(status(instrumentation(), *pods), "Degraded")
    assert (degraded["status"], degraded["reason"]) == ("True", "JavaToolOptionsValueFrom")
    assert "java was refused to 2 pods, such as of Deployment apps/web: container app: give" in degraded["message"]


def test_several_reasons_are_told_as_such(instrumentation: Builder, pod: Builder) -> None:
    refusals = (Refusal("java", "A", "a"), Refusal("go", "B", "b", ("apps", "sdk")))
    degraded = condition(status(instrumentation(), pod("p", of=instrumentation(), refusals=refusals)), "Degraded")
    assert degraded["reason"] == "SeveralRefusals"


def test_pods_that_run_without_what_they_ask_for_degrade_with_the_remedy(instrumentation: Builder, pod: Builder) -> None:
    web = WorkloadKey("apps/v1", "Deployment", "apps", "web")
    missed = (Missed(web, ("java", "python"), 3, "web-9", {}), Missed(web._replace(name="api"), ("java",), 1, "api-1", {}))
    found = status(instrumentation(), pod("web-1", "python", of=instrumentation(), deployment="web"), missed=missed)
    degraded = condition(found, "Degraded")
    assert (degraded["status"], degraded["reason"]) == ("True", "InjectionMissed")
    assert degraded["message"].startswith("Deployment apps/web: 3 pods ask for java, python of Instrumentation apps/sdk and run")
    assert "kubectl rollout restart deployment/web -n apps" in degraded["message"]
    assert degraded["message"].endswith("; and 1 more workloads")
    assert (found["injection"]["missedPods"], found["injection"]["pods"]) == (4, 1)
    assert [(item["name"], item["pods"], item["missedPods"]) for item in found["injection"]["workloads"]] == [
        ("web", 1, 3),
        ("api", 0, 1),
    ]


def test_refusals_for_want_of_an_instrumentation_go_when_it_is_there(instrumentation: Builder, pod: Builder) -> None:
    none = Refusal("java", "NoInstrumentation", "namespace apps has none; create one")
    absent = Refusal("go", "InstrumentationNotFound", "there is no Instrumentation 'sdk'", ("apps", "sdk"))
    early = pod("p", of=instrumentation(), refusals=(none, absent))
    found = status(instrumentation(), early)
    assert (found["injection"]["refusedPods"], condition(found, "Degraded")["status"]) == (0, "False")
    # Of two none can be chosen, so that refusal stands.
    found = status(instrumentation(), early, beside=(Key("apps", "second"),))
    assert (found["injection"]["refusedPods"], condition(found, "Degraded")["status"]) == (1, "True")


def test_refusals_of_a_pod_with_a_sidecar_stand(instrumentation: Builder, pod: Builder) -> None:
    none = Refusal("java", "NoInstrumentation", "namespace apps has none; create one")
    assert status(instrumentation(), pod("p", "sidecar", of=instrumentation(), refusals=(none,)))["injection"]["refusedPods"] == 1


def test_what_admission_would_refuse_is_not_ready(instrumentation: Builder) -> None:
    found = status(instrumentation(sampler={"type": "traceidratio", "argument": "2"}))
    assert condition(found, "Ready")["status"] == "False"
    assert "spec.sampler.argument" in condition(found, "Ready")["message"]


def test_window_that_cannot_be_read_and_held_restarts_degrade(instrumentation: Builder) -> None:
    prefix = "operator.opentelemetry.io/restart-outdated"
    misread = instrumentation(annotations={prefix: "true", f"{prefix}-window": "later"})
    assert condition(status(misread), "Degraded")["reason"] == "RestartPolicyInvalid"
    held = condition(status(instrumentation(), held="Deployment apps/web is paused"), "Degraded")
    assert (held["reason"], held["message"]) == ("RestartsHeld", "Deployment apps/web is paused")


def test_status_is_written_once_and_keeps_what_is_not_ours(instrumentation: Builder, pod: Builder) -> None:
    foreign = {"type": "Seen", "status": "True"}
    before = {"conditions": [foreign], "upgradeBlockedVersions": {"java": "Automated upgrade blocked"}}
    first = status({**instrumentation(), "status": before}, pod("p", "python", of=instrumentation()))
    patch = patch_of(before, first)
    assert patch is not None
    assert patch["upgradeBlockedVersions"] == {"java": None}
    assert patch["conditions"][-1] == foreign
    stored = {**first}
    del stored["upgradeBlockedVersions"]  # as the API server leaves empty maps out
    again = status({**instrumentation(), "status": stored}, pod("p", "python", of=instrumentation()), now=LATER)
    assert patch_of(stored, again) is None


def test_many_workloads_are_cut_but_counted(instrumentation: Builder, pod: Builder) -> None:
    pods = [pod(f"p-{number}", "python", of=instrumentation()) for number in range(MOST_WORKLOADS + 3)]
    pods.append(pod("z-old", "python", of=instrumentation(propagators=["b3"])))
    injection = status(instrumentation(), *pods)["injection"]
    assert len(injection["workloads"]) == MOST_WORKLOADS
    assert injection["workloads"][0]["name"] == "z-old"
    assert injection["omittedWorkloads"] == 4
