"""The certificate in its Secret, on a real API server that verifies it at each call."""

import asyncio
import base64
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_operator.errors import ApiError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import CRD, SECRET, VALIDATING_WEBHOOK
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect
from otel_operator.webhook.certificates.authority import parse
from otel_operator.webhook.certificates.material import from_secret
from otel_operator.webhook.certificates.plan import Policy
from otel_operator.webhook.certificates.shared_secret import SecretPlace, SharedSecret
from otel_operator.webhook.certificates.trust import Registration
from otel_operator.webhook.endpoints import admission
from otel_operator.webhook.errors import CertificateError
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.program import Address, Listening, WebhookProgram
from otel_operator.webhook.review import Answer
from otel_operator.webhook.tls import ServingContext

LOCAL = Address(0, "127.0.0.1")
SECRET_NAME = "webhook-cert"


class Clock:
    """The certificates' time: the real one plus an offset that a test changes."""

    def __init__(self, offset: dt.timedelta = dt.timedelta(0)) -> None:
        self.offset = offset

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.offset


@dataclass
class Replica:
    source: SharedSecret
    program: WebhookProgram
    answered: list[str]

    @property
    def serial(self) -> int:
        return parse(self.source.context.certificate).serial_number


@pytest.fixture
async def kube(apiserver: ApiServer) -> AsyncIterator[KubeClient]:
    client = KubeClient(await connect(str(apiserver.kubeconfig)))
    yield client
    await client.close()


@asynccontextmanager
async def replica(kube: KubeClient, namespace: str, clock: Clock, policy: Policy) -> AsyncIterator[Replica]:
    """Run one webhook program that allows every review; its registration is named like the namespace."""
    context, metrics, answered = ServingContext(), WebhookMetrics(), list[str]()
    place = SecretPlace(namespace, SECRET_NAME, ("127.0.0.1",), [Registration(VALIDATING_WEBHOOK, namespace)])
    source = SharedSecret(kube, place, context, policy, clock)
    handler = admission("/allow", lambda request: answered.append(request.name) or Answer(), metrics)
    program = WebhookProgram({"/allow": handler}, source, context, metrics, Listening(LOCAL, LOCAL, LOCAL, 0, 3600))
    task = asyncio.create_task(program.run())
    await asyncio.wait_for(program.ready.wait(), 30)
    try:
        yield Replica(source, program, answered)
    finally:
        program.stop()
        await asyncio.wait_for(task, 30)


@asynccontextmanager
async def registered(kube: KubeClient, namespace: str, *replicas: Replica) -> AsyncIterator[None]:
    """Have every ConfigMap of the namespace pass each replica, under Fail; enter when the API server trusts them all."""
    hooks = [
        {
            "name": f"replica{index}.example.com",
            "clientConfig": {"url": f"https://127.0.0.1:{each.program.port}/allow"},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        for index, each in enumerate(replicas)
    ]
    metadata = {"name": namespace}
    body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": metadata}
    await kube.create({**body, "webhooks": hooks})
    for each in replicas:
        await each.source.refresh()
    try:
        await until_admitted(kube, namespace)
        yield
    finally:
        await kube.delete(VALIDATING_WEBHOOK, None, namespace)


async def until_admitted(kube: KubeClient, namespace: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await kube.create(config_map(namespace))
            except ApiError:
                await asyncio.sleep(0.05)
            else:
                return


def config_map(namespace: str) -> JsonObject:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x-", "namespace": namespace}}


async def stored(kube: KubeClient, namespace: str) -> JsonObject:
    return await kube.get(SECRET, namespace, SECRET_NAME)


async def test_four_racing_sources_agree(kube: KubeClient, namespace: str) -> None:
    place = SecretPlace(namespace, SECRET_NAME, ("127.0.0.1",), [])
    sources = [SharedSecret(kube, place, ServingContext()) for _ in range(4)]
    await asyncio.gather(*(source.refresh() for source in sources))
    assert len({source.context.certificate for source in sources}) == 1


async def test_rotation_of_certificate_and_authority_under_load_loses_no_request(kube: KubeClient, namespace: str) -> None:
    # Everything is issued in the past and lives long, because real handshakes look at the real clock.
    clock = Clock(-dt.timedelta(days=60))
    policy = Policy(dt.timedelta(days=800), dt.timedelta(days=200), renew_at=0.05, settle=dt.timedelta(minutes=10))
    created, stop = 0, asyncio.Event()

    async def create() -> None:
        nonlocal created
        while not stop.is_set():
            await kube.create(config_map(namespace))
            created += 1

    async with (
        replica(kube, namespace, clock, policy) as first,
        replica(kube, namespace, clock, policy) as second,
        registered(kube, namespace, first, second),
        asyncio.TaskGroup() as group,
    ):
        for _ in range(4):
            group.create_task(create())
        serials, bundles = {first.serial}, [from_secret(await stored(kube, namespace)).authorities]
        for _ in range(120):
            clock.offset += dt.timedelta(hours=12)
            await first.source.refresh()
            await second.source.refresh()
            serials |= {first.serial, second.serial}
            authorities = from_secret(await stored(kube, namespace)).authorities
            if authorities != bundles[-1]:
                bundles.append(authorities)
                await asyncio.sleep(0.5)  # the ten minutes for the API server to notice, shortened
        stop.set()
    assert first.serial == second.serial
    assert len(serials) >= 5
    old, new = bundles[0][0], bundles[-1][0]
    assert bundles == [(old,), (new, old), (new,)]
    assert created > 100
    assert min(len(first.answered), len(second.answered)) >= created


@pytest.mark.parametrize("damage", ["deleted", "garbled"])
async def test_damaged_secret_is_healed_without_a_new_certificate(kube: KubeClient, namespace: str, damage: str) -> None:
    async with replica(kube, namespace, Clock(), Policy()) as only:
        serial = only.serial
        if damage == "deleted":
            await kube.delete(SECRET, namespace, SECRET_NAME)
        else:
            await kube.merge_patch(SECRET, namespace, SECRET_NAME, {"data": {"ca.crt": "", "tls.key": "Z2FyYmFnZQ=="}})
        await only.source.refresh()
        assert only.serial == serial
        assert from_secret(await stored(kube, namespace)).certificate == only.source.context.certificate


async def test_secret_of_somebody_else_is_left_alone_and_named(kube: KubeClient, namespace: str) -> None:
    theirs = {"tls.crt": base64.b64encode(b"theirs").decode(), "tls.key": "", "ca.crt": ""}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET_NAME, "namespace": namespace}, "data": theirs}
    await kube.create(body)
    source = SharedSecret(kube, SecretPlace(namespace, SECRET_NAME, ("127.0.0.1",), []), ServingContext())
    with pytest.raises(CertificateError, match=r"somebody else's \(it holds ca\.crt, tls\.crt, tls\.key\)"):
        await source.refresh()
    assert (await stored(kube, namespace))["data"] == theirs


async def test_empty_secret_made_beforehand_is_filled(kube: KubeClient, namespace: str) -> None:
    await kube.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET_NAME, "namespace": namespace}})
    source = SharedSecret(kube, SecretPlace(namespace, SECRET_NAME, ("127.0.0.1",), []), ServingContext())
    await source.refresh()
    assert from_secret(await stored(kube, namespace)).certificate == source.context.certificate


async def test_two_installations_do_not_fight_over_who_converts(kube: KubeClient, namespace: str) -> None:
    name = f"things.{namespace}.example.com"
    await kube.create(converted_crd(name, {"namespace": namespace, "name": "first"}))
    try:
        for service in ("first", "second"):
            place = SecretPlace(namespace, service, (f"{service}.{namespace}.svc",), [Registration(CRD, name)])
            await SharedSecret(kube, place, ServingContext()).refresh()
        client_config = (await kube.get(CRD, None, name))["spec"]["conversion"]["webhook"]["clientConfig"]
        bundle = from_secret(await kube.get(SECRET, namespace, "first")).bundle
        assert base64.b64decode(client_config["caBundle"]).decode() == bundle
    finally:
        await kube.delete(CRD, None, name)


def converted_crd(name: str, service: JsonObject) -> JsonObject:
    """Return a CRD whose two versions the webhook behind this Service converts."""
    plural, _, group = name.partition(".")
    schema = {"openAPIV3Schema": {"type": "object"}}
    versions = [{"name": name, "served": True, "storage": name == "v1", "schema": schema} for name in ("v1", "v2")]
    webhook = {"clientConfig": {"service": {**service, "path": "/convert"}}, "conversionReviewVersions": ["v1"]}
    names = {"plural": plural, "kind": "Thing"}
    spec = {"group": group, "names": names, "scope": "Namespaced", "versions": versions}
    conversion = {"strategy": "Webhook", "webhook": webhook}
    metadata = {"name": name}
    return {"apiVersion": CRD.api_version, "kind": CRD.kind, "metadata": metadata, "spec": {**spec, "conversion": conversion}}


async def test_bundle_that_somebody_took_away_comes_back(kube: KubeClient, namespace: str) -> None:
    async with replica(kube, namespace, Clock(), Policy()) as only, registered(kube, namespace, only):
        operations = [{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]
        await kube.json_patch(VALIDATING_WEBHOOK, None, namespace, operations)
        await only.source.refresh()
        hook = (await kube.get(VALIDATING_WEBHOOK, None, namespace))["webhooks"][0]
        bundle = from_secret(await stored(kube, namespace)).bundle
        assert base64.b64decode(hook["clientConfig"]["caBundle"]).decode() == bundle
