"""How reviews of pods reach a webhook in these tests, by the API server or straight over TLS; what is found missing."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from otel_operator.reconcile.instrumentation.known import known
from otel_operator.reconcile.instrumentation.missed import Missed, Suspects, by_instrumentation
from otel_operator.reconcile.instrumentation.rollout import Due, due_for_missing
from otel_operator.reconcile.ownership import Key
from otel_operator.resources.install.names import MUTATE_POD
from otel_operator.settings import InjectionSettings
from tests.integration.webhook.conftest import INSTALL, Kubectl, RunningWebhook

Json = dict[str, Any]
_PATIENCE = aiohttp.ClientTimeout(60)


def missed_and_due(pods: Iterable[Json], instrumentation: Json) -> tuple[Sequence[Missed], list[Due]]:
    """Return what the manager finds of pods that missed their injection, and what it would restart for that."""
    key, settings = Key(instrumentation["metadata"]["namespace"], instrumentation["metadata"]["name"]), InjectionSettings()
    suspects = Suspects({key}, settings.enabled_languages)
    for pod in pods:
        suspects.add(pod, {})
    missed = by_instrumentation(suspects).get(key, ())
    return missed, [*due_for_missing(key, known(instrumentation, settings), missed)]


def pods_asked_at(kubectl: Kubectl, port: int) -> AbstractContextManager[None]:
    """Have the API server ask about pods at another port meanwhile."""
    resource = ("mutatingwebhookconfiguration", "otel-operator-mutating")
    hooks = json.loads(kubectl("get", *resource, "-o", "json").stdout)["webhooks"]
    [index] = [index for index, hook in enumerate(hooks) if hook["name"] == "mpod.kb.io"]

    def call(url: str) -> None:
        operation = {"op": "replace", "path": f"/webhooks/{index}/clientConfig/url", "value": url}
        done = kubectl("patch", *resource, "--type=json", "-p", json.dumps([operation]))
        assert done.returncode == 0, done.stderr

    @contextmanager
    def moved() -> Iterator[None]:
        call(f"https://127.0.0.1:{port}/mutate-v1-pod")
        try:
            yield
        finally:
            call(hooks[index]["clientConfig"]["url"])

    return moved()


@dataclass
class Straight:
    """Asks a webhook itself, as an API server does, which verifies its certificate."""

    session: aiohttp.ClientSession
    url: str

    async def ask(self, body: Json | bytes) -> Json:
        """Send one review and return the response in the answer, which allows the pod; it has no uid where the webhook gave up.

        An API server goes on without the webhook then, as failurePolicy Ignore says.
        """
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(self.url, data=io.BytesIO(data), headers={"Content-Type": "application/json"}) as answer:
            text = await answer.text()
            if answer.status == 503:
                return {"allowed": True}
            assert answer.status == 200, f"{answer.status}: {text}"
        response: Json = json.loads(text)["response"]
        assert response["allowed"] is True, response
        return response

    async def ask_all(self, bodies: Iterable[Json | bytes], lanes: int) -> list[Json]:
        """Send every review, so many at a time."""
        waiting, responses = iter(bodies), list[Json]()

        async def lane() -> None:
            for body in waiting:
                responses.append(await self.ask(body))

        await asyncio.gather(*(lane() for _ in range(lanes)))
        return responses


@asynccontextmanager
async def straight_at(kubectl: Kubectl, webhook: RunningWebhook) -> AsyncIterator[Straight]:
    """Connect to a webhook past the API server."""
    secret = kubectl.get(INSTALL.namespace, "secret", INSTALL.certificate_secret)
    context = ssl.create_default_context(cadata=base64.b64decode(secret["data"]["ca.crt"]).decode())
    connector = aiohttp.TCPConnector(ssl=context, limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=_PATIENCE) as session:
        yield Straight(session, f"https://127.0.0.1:{webhook.port}{MUTATE_POD}")


def review(pod: Json, namespace: str, **request: Any) -> Json:
    """Return the AdmissionReview of a new pod."""
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    body = {"uid": "u-1", "operation": "CREATE", "namespace": namespace, "kind": kind, "object": pod, **request}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": body}


def series(metrics: str, start: str) -> float:
    """Return the sum of the series whose line starts so."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith(start))


def wait_until_serving(running: RunningWebhook, seconds: float = 60) -> None:
    """Return once reviews are answered, which may be before the replica is ready."""
    deadline = time.monotonic() + seconds
    while True:
        assert running.process.poll() is None, running.log.read_text()
        try:
            socket.create_connection(("127.0.0.1", running.port), 5).close()
        except OSError:
            assert time.monotonic() < deadline, running.log.read_text()
            time.sleep(0.1)
        else:
            return
