"""What the caches lack is asked for once, in time, or done without."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from otel_operator.inject.subject import Owner
from otel_operator.inject.surroundings import Reference
from otel_operator.kube.client import KubeClient
from otel_operator.webhook.pods.caches import Caches
from otel_operator.webhook.pods.lookups import Lookups
from tests.unit.operator.webhook.pods.conftest import fill

REPLICA_SET = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u-rs"}
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u-d"}
JOB = {"apiVersion": "batch/v1", "kind": "Job", "name": "nightly-1", "uid": "u-j"}
CRON_JOB = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly", "uid": "u-c"}


def owned_by(*references: dict[str, Any], name: str = "p", uid: str = "u") -> dict[str, Any]:
    return {"metadata": {"namespace": "shop", "name": name, "uid": uid, "ownerReferences": list(references)}}


def in_time() -> float:
    return asyncio.get_running_loop().time() + 20


async def chain(lookups: Lookups, *references: dict[str, Any]) -> list[tuple[str, str]]:
    return [(owner.kind, owner.name) for owner in await lookups.owners(owned_by(*references), "shop", in_time())]


def known(caches: Caches, kind: str, *objects: dict[str, Any]) -> None:
    [view] = [view for each, view in caches.owners.items() if each.kind == kind]
    fill(view, *objects)


@pytest.mark.parametrize(
    ("near", "far"), [(REPLICA_SET, DEPLOYMENT), (JOB, CRON_JOB), (REPLICA_SET, {**DEPLOYMENT, "kind": "Rollout"})]
)
async def test_owners_of_owners_come_from_the_cache(
    caches: Caches, lookups: Lookups, server: Any, near: dict[str, Any], far: dict[str, Any]
) -> None:
    known(caches, near["kind"], owned_by(far, name=near["name"], uid=near["uid"]))
    assert await chain(lookups, near) == [(near["kind"], near["name"]), (far["kind"], far["name"])]
    assert server.requests == []


async def test_kinds_that_nobody_owns_are_not_asked_about(lookups: Lookups, server: Any) -> None:
    references = [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "1"}, {**REPLICA_SET, "apiVersion": "x/v1"}]
    assert await chain(lookups, *references) == [("DaemonSet", "d"), ("ReplicaSet", "web-1")]
    assert server.requests == []


@pytest.mark.parametrize("stale", [False, True])
async def test_an_owner_that_is_missing_or_another_of_its_name_is_asked_for_once(
    caches: Caches, lookups: Lookups, server: Any, stale: bool
) -> None:
    if stale:
        known(caches, "ReplicaSet", owned_by(CRON_JOB, name="web-1", uid="older"))
    server.answer = lambda request, body: web.json_response(owned_by(DEPLOYMENT, name="web-1", uid="u-rs"))
    assert await chain(lookups, REPLICA_SET) == [("ReplicaSet", "web-1"), ("Deployment", "web")]
    assert [path for _, path, _ in server.requests] == ["/apis/apps/v1/namespaces/shop/replicasets/web-1"]
    assert server.headers[0]["Accept"].startswith("application/json;as=PartialObjectMetadata;")


@pytest.mark.parametrize("status", [404, 403, 500])
async def test_a_chain_ends_where_the_server_knows_no_more(lookups: Lookups, server: Any, status: int) -> None:
    server.answer = lambda request, body: web.json_response({"message": "no"}, status=status)
    assert await chain(lookups, REPLICA_SET) == [("ReplicaSet", "web-1")]


async def test_another_object_of_the_owners_name_is_not_taken_for_it(lookups: Lookups, server: Any) -> None:
    server.answer = lambda request, body: web.json_response(owned_by(DEPLOYMENT, name="web-1", uid="younger"))
    assert await chain(lookups, REPLICA_SET) == [("ReplicaSet", "web-1")]


async def test_no_question_goes_beyond_the_deadline(lookups: Lookups, server: Any) -> None:
    past = asyncio.get_running_loop().time() - 1
    owners = await lookups.owners(owned_by(REPLICA_SET), "shop", past)
    assert owners == (Owner("apps/v1", "ReplicaSet", "web-1", "u-rs"),)
    assert await lookups.presence([Reference("Secret", "shop", "tls")], past) == {}


async def test_the_number_of_owners_is_bounded(lookups: Lookups) -> None:
    many = [{"apiVersion": "v1", "kind": "Node", "name": f"n{number}", "uid": str(number)} for number in range(100)]
    assert len(await chain(lookups, *many)) == 8


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timed(caches: Caches, client: KubeClient) -> tuple[Lookups, Clock]:
    clock = Clock()
    return Lookups(caches, client, clock), clock


@pytest.mark.parametrize(("status", "present", "seconds"), [(200, True, 30.0), (404, False, 1.0)])
async def test_presence_is_remembered_for_a_while(
    timed: tuple[Lookups, Clock], server: Any, status: int, present: bool, seconds: float
) -> None:
    lookups, clock = timed
    server.answer = lambda request, body: web.json_response({}, status=status)
    reference = Reference("Secret", "shop", "tls")
    ask: Callable[[], Any] = lambda: lookups.presence([reference], in_time())  # noqa: E731
    assert await ask() == {reference: present}
    clock.now += seconds - 0.01
    assert await ask() == {reference: present}
    assert len(server.requests) == 1
    clock.now += 0.02
    assert await ask() == {reference: present}
    assert [path for _, path, _ in server.requests] == ["/api/v1/namespaces/shop/secrets/tls"] * 2


async def test_what_could_not_be_looked_up_is_neither_present_nor_absent(timed: tuple[Lookups, Clock], server: Any) -> None:
    server.answer = lambda request, body: web.json_response({}, status=403)
    assert await timed[0].presence([Reference("ConfigMap", "shop", "ca")], in_time()) == {}
