"""The API server is slow, hangs or is away while the webhook serves: no pod is refused, and none is missed in silence."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.ports import free_ports
from e2e.cluster.waiting import wait_until
from otel_operator.inject.record import INJECTED
from tests.integration.webhook.asking import missed_and_due, pods_asked_at, review, series, straight_at, wait_until_serving
from tests.integration.webhook.conftest import replica
from tests.standins.faulty_apiserver import Fault, FaultyApiServer

SECONDS = 120.0
"""For controllers and the API server's own watches; nothing waits for it to pass."""
OWNED, BARE = 20, 10
REVIEWS, LANES = 1200, 100
AT_ONCE = 800
"""Reviews under way: more than an API server has requests under way by default, 200 that change something."""
HUGE = 40
MEMORY_LIMIT_MIB = 256
"""Of the webhook's container in the install manifest."""
AGENT = "opentelemetry-auto-instrumentation-python"
ASKS = {"instrumentation.opentelemetry.io/inject-python": "true"}
UNTOUCHED = "otel_operator_injection_untouched_total"
REFUSED = "otel_operator_injection_refused_total"
INJECTED_TOTAL = "otel_operator_injection_injected_total"
INSTRUMENTATIONS = Fault(("/instrumentations",), held=True)
TEMPLATE = {
    "metadata": {"labels": {"app": "web"}, "annotations": ASKS},
    "spec": {"containers": [{"name": "web", "image": "web:1"}]},
}
INSTRUMENTATION = {
    "apiVersion": "opentelemetry.io/v1alpha1",
    "kind": "Instrumentation",
    "metadata": {"name": "sdk"},
    "spec": {
        "exporter": {"endpoint": "http://agent:4318"},
        "sampler": {"type": "always_on"},
    },
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"replicas": OWNED, "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE},
}


@pytest.fixture
def door(apiserver: ApiServer) -> Iterator[FaultyApiServer]:
    with FaultyApiServer(apiserver.url, apiserver.ca_file) as between:
        yield between


def pod(name: str = "web") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", **TEMPLATE, "metadata": {**TEMPLATE["metadata"], "name": name}}


def owned_pod(number: int) -> dict[str, Any]:
    """A pod whose ReplicaSet, by name, the webhook has never seen."""
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"web-{number}", "uid": f"u-{number}", "controller": True}
    metadata = {**TEMPLATE["metadata"], "generateName": f"web-{number}-", "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Pod", **TEMPLATE, "metadata": metadata}


def items(kubectl: Any, namespace: str, resource: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(kubectl("get", resource, "-n", namespace, "-o", "json").stdout)["items"]
    return found


def is_injected(obj: dict[str, Any]) -> bool:
    return any(container["name"] == AGENT for container in obj["spec"].get("initContainers", []))


@pytest.mark.timeout(300)
async def test_pods_that_come_before_the_caches_are_filled_start_and_are_found(
    apiserver: ApiServer, kubectl: Any, webhook: Any, shop: str, door: FaultyApiServer, tmp_path: Path
) -> None:
    assert kubectl.apply(shop, INSTRUMENTATION).returncode == 0
    door.set(INSTRUMENTATIONS)
    [port] = free_ports(1)
    with (
        replica(apiserver, kubectl, tmp_path, port, through=door.url, awaited=wait_until_serving) as young,
        pods_asked_at(kubectl, port),
    ):

        def create(name: str, *more: str) -> Any:
            done = kubectl("create", "-n", shop, "-o", "json", *more, "-f", "-", stdin=json.dumps(pod(name)))
            assert done.returncode == 0, done.stderr
            return done

        def asked() -> bool:
            return "has not read instrumentations" in create("probe", "--dry-run=server").stderr

        await asyncio.to_thread(wait_until, "the API server asks the young replica", asked, seconds=SECONDS)
        assert kubectl.apply(shop, DEPLOYMENT).returncode == 0
        said = await asyncio.gather(*(asyncio.to_thread(create, f"bare-{number}") for number in range(BARE)))
        assert all("Warning: pod admitted without OpenTelemetry injection" in done.stderr for done in said)

        def all_there() -> bool:
            return len(items(kubectl, shop, "pods")) == OWNED + BARE

        await asyncio.to_thread(wait_until, "all pods", all_there, seconds=SECONDS)
        pods = items(kubectl, shop, "pods")
        assert not [one for one in pods if is_injected(one) or INJECTED in one["metadata"].get("labels", {})]
        assert not [event for event in items(kubectl, shop, "events") if event["reason"] == "FailedCreate"]
        assert series(young.metrics(), f'{UNTOUCHED}{{reason="CacheNotFilled"}}') == OWNED + BARE

        # What the manager looks at to restart what missed its injection.
        _, due = missed_and_due(pods, kubectl.get(shop, "instrumentation", "sdk"))
        assert [(one.workload.name, one.pods) for one in due] == [("web", OWNED)]

        door.set()
        ready = "the webhook reads what it waited for"

        def injected() -> bool:
            return is_injected(json.loads(create("probe", "--dry-run=server").stdout))

        await asyncio.to_thread(wait_until, ready, injected, seconds=SECONDS)


@pytest.mark.timeout(300)
async def test_pods_that_all_wait_for_the_caches_fit_into_the_pods_memory(
    apiserver: ApiServer, kubectl: Any, webhook: Any, shop: str, door: FaultyApiServer, tmp_path: Path
) -> None:
    door.set(INSTRUMENTATIONS)
    [port] = free_ports(1)
    with replica(apiserver, kubectl, tmp_path, port, through=door.url, awaited=wait_until_serving) as young:
        async with straight_at(kubectl, young) as straight:
            responses = await straight.ask_all((review(owned_pod(number), shop) for number in range(AT_ONCE)), AT_ONCE)
        assert all("has not read instrumentations" in response["warnings"][0] for response in responses)
        assert series(young.metrics(), f'{UNTOUCHED}{{reason="CacheNotFilled"}}') == AT_ONCE
        assert young.peak_mib() < MEMORY_LIMIT_MIB


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "fault",
    [Fault(cut=True), Fault(held=True), Fault(seconds=0.3), Fault(seconds=3)],
    ids=["away", "hangs", "slow", "slower than pods can wait"],
)
async def test_what_the_caches_know_is_injected_while_the_api_server_does_not_answer(
    apiserver: ApiServer, kubectl: Any, webhook: Any, shop: str, door: FaultyApiServer, tmp_path: Path, fault: Fault
) -> None:
    assert kubectl.apply(shop, INSTRUMENTATION).returncode == 0
    [port] = free_ports(1)
    with replica(apiserver, kubectl, tmp_path, port, through=door.url) as cut_off:
        async with straight_at(kubectl, cut_off) as straight:
            assert "patch" in await straight.ask(review(pod(), shop, dryRun=True))
            door.set(fault)
            # Every fourth has an owner that the webhook has to ask for, and every fourth is of a namespace that is not there.
            reviews = (
                review(owned_pod(number) if number % 4 == 1 else pod(), "nowhere" if number % 4 == 2 else shop)
                for number in range(REVIEWS)
            )
            responses = await straight.ask_all(reviews, LANES)
            text = cut_off.metrics()
            patched = sum("patch" in response for response in responses)
            assert patched == series(text, INJECTED_TOTAL) == REVIEWS * 3 / 4
            warned = [response["warnings"][0] for response in responses if "patch" not in response]
            assert all("namespace nowhere" in warning for warning in warned)
            assert series(text, f'{UNTOUCHED}{{reason="NamespaceUnknown"}}') == len(warned) == REVIEWS / 4
            assert cut_off.peak_mib() < MEMORY_LIMIT_MIB

            door.set()
            late = {**INSTRUMENTATION, "metadata": {"name": "late"}}
            assert kubectl.apply(shop, late).returncode == 0
            asks_late = {**pod("late"), "metadata": {"name": "late", "annotations": dict.fromkeys(ASKS, "late")}}

            async with asyncio.timeout(SECONDS):
                while "patch" not in await straight.ask(review(asks_late, shop, dryRun=True)):  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.2)


LARGE_PODS: dict[str, dict[str, Any]] = {
    "one long text": {"containers": [{"name": "web", "image": "i", "env": [{"name": "A", "value": "x" * 3_000_000}]}]},
    "many containers": {"containers": [{"name": f"c{n}", "image": "i", "resources": {}} for n in range(60_000)]},
    "many variables": {"containers": [{"name": "web", "image": "i", "env": [{"name": f"A{n}"} for n in range(150_000)]}]},
    "almost as many as are looked at": {
        "containers": [{"name": "web", "image": "i", "env": [{"name": f"A{n}"} for n in range(52_000)]}],
    },
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", LARGE_PODS)
async def test_reviews_of_huge_pods_cost_no_more_than_the_webhooks_memory_and_each_is_counted(
    apiserver: ApiServer, kubectl: Any, webhook: Any, shop: str, tmp_path: Path, what: str
) -> None:
    assert kubectl.apply(shop, INSTRUMENTATION).returncode == 0
    huge = {**pod(), "spec": LARGE_PODS[what]}
    old = None if what.startswith("almost") else huge
    body = json.dumps(review(huge, shop, oldObject=old), separators=(",", ":")).encode()
    [port] = free_ports(1)
    with replica(apiserver, kubectl, tmp_path, port) as running:
        async with straight_at(kubectl, running) as straight:
            responses = await straight.ask_all([body] * HUGE, LANES)
            assert any("uid" in response for response in responses)
            after = await straight.ask(review(pod(), shop, dryRun=True))
        assert "patch" in after
        text = running.metrics()
        assert sum(series(text, start) for start in (UNTOUCHED, REFUSED, INJECTED_TOTAL)) == HUGE
        given_up = sum("uid" not in response for response in responses)
        assert given_up == series(text, f'{UNTOUCHED}{{reason="Overloaded"}}')
        print(f"{what}: {len(body) / 1e6:.1f} MB, {HUGE} at once, {given_up} given up: peak {running.peak_mib():.0f} MiB")
        assert running.peak_mib() < MEMORY_LIMIT_MIB


@pytest.mark.parametrize("size", [1_450_000, 2_900_000])
def test_a_pod_as_large_as_the_api_server_takes_is_left_as_it_is_with_a_word(
    kubectl: Any, webhook: Any, shop: str, size: int
) -> None:
    assert kubectl.apply(shop, INSTRUMENTATION).returncode == 0
    large = {**pod("large"), "spec": {"containers": [{"name": "web", "image": "i", "env": [{"name": "A", "value": "x" * size}]}]}}
    # Above etcd's limit of 1.5 MiB nothing is stored, with or without us.
    stored = size < 1_500_000
    before = series(webhook.metrics(), f'{UNTOUCHED}{{reason="PodTooLarge"}}')
    more = [] if stored else ["--dry-run=server"]
    done = kubectl("create", "-n", shop, "-o", "json", *more, "-f", "-", stdin=json.dumps(large))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["spec"].get("initContainers") is None
    assert "Warning: pod admitted without OpenTelemetry injection" in done.stderr
    assert series(webhook.metrics(), f'{UNTOUCHED}{{reason="PodTooLarge"}}') == before + stored
