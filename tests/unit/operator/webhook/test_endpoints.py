"""The HTTP layer over real sockets: bounds and status codes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from otel_operator.errors import ConfigError
from otel_operator.webhook.endpoints import Handler, Limits, Route, admission, application, conversions
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.review import AdmissionRequest, Answer

REVIEW = {
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "request": {"uid": "u-1", "operation": "CREATE", "object": {"metadata": {"name": "a"}}},
}
LIMITS = Limits(body_bytes=4096, seconds=0.5, memory_bytes=4 * 4096)
Open = Callable[[Handler | Route], Awaitable[TestClient[Any, Any]]]


@pytest.fixture
def metrics() -> WebhookMetrics:
    return WebhookMetrics()


@pytest.fixture
async def client(metrics: WebhookMetrics) -> AsyncIterator[Open]:
    opened: list[TestClient[Any, Any]] = []

    async def start(handler: Handler | Route) -> TestClient[Any, Any]:
        opened.append(TestClient(TestServer(application({"/x": handler}, metrics, LIMITS))))
        await opened[0].start_server()
        return opened[0]

    yield start
    for each in opened:
        await each.close()


async def test_review_is_answered(client: Open, metrics: WebhookMetrics) -> None:
    def decide(request: AdmissionRequest) -> Answer:
        return Answer(errors=[f"{request.name} is wrong"])

    response = await (await client(admission("/x", decide, metrics))).post("/x", json=REVIEW)
    assert response.status == 200
    assert (await response.json())["response"]["allowed"] is False
    text = metrics.exposition().decode()
    assert 'otel_operator_webhook_denied_total{webhook="/x"} 1.0' in text
    assert 'controller_runtime_webhook_requests_total{code="200",webhook="/x"} 1.0' in text


async def test_conversion_is_answered(client: Open) -> None:
    def convert(obj: dict[str, Any], desired: str) -> dict[str, Any]:
        raise ConfigError(f"no {desired}")

    request = {"uid": "u", "desiredAPIVersion": "g/v2", "objects": [{"kind": "K", "metadata": {"name": "n"}}]}
    body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "request": request}
    response = await (await client(conversions(convert))).post("/x", json=body)
    assert "no g/v2" in (await response.json())["response"]["result"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "body is not JSON"),
        (b"[" * 3000, 400, "body is not JSON"),
        (b"[" * 800 + b"]" * 800, 400, "nested deeper than 700 levels"),
        (b"[]", 400, "not a JSON object but list"),
        (b"{}", 400, "want admission.k8s.io/v1"),
        (b" " * 5000, 413, "exceeded"),
    ],
)
async def test_bad_body_gets_its_reason(client: Open, metrics: WebhookMetrics, body: bytes, status: int, message: str) -> None:
    response = await (await client(admission("/x", lambda _: Answer(), metrics))).post("/x", data=body)
    assert response.status == status
    assert message in await response.text()


async def test_bug_in_a_rule_is_500_and_the_next_request_is_served(client: Open, metrics: WebhookMetrics) -> None:
    answers = iter([ValueError("bug"), Answer()])

    def decide(_: AdmissionRequest) -> Answer:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    browser = await client(admission("/x", decide, metrics))
    assert (await browser.post("/x", json=REVIEW)).status == 500
    assert (await browser.post("/x", json=REVIEW)).status == 200


async def test_slow_body_is_given_up_and_frees_its_share(client: Open, metrics: WebhookMetrics) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    browser = await client(admission("/x", lambda _: Answer(), metrics))
    slow = asyncio.create_task(browser.post("/x", data=trickle()))
    try:
        response = await slow
        assert response.status == 503
        assert "within 0.5 s" in await response.text()
    except aiohttp.ClientConnectionError:
        pass  # the server may close before the client has read its answer
    assert (await browser.post("/x", json=REVIEW)).status == 200


async def echo(body: dict[str, Any]) -> dict[str, Any]:
    return {"decoded": body}


async def test_a_body_too_large_to_be_decoded_is_answered_undecoded(client: Open) -> None:
    browser = await client(Route(echo, largest=100, undecoded=lambda body: {"bytes": len(body)}))
    assert await (await browser.post("/x", data=b'{"a": 1}')).json() == {"decoded": {"a": 1}}
    assert await (await browser.post("/x", data=b"{" * 101)).json() == {"bytes": 101}


async def test_whoever_gets_no_answer_is_told_of_to_the_handler(client: Open) -> None:
    told = list[str]()

    async def never(_: dict[str, Any]) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    browser = await client(Route(never, seconds=0.01, unanswered=told.append))
    response = await browser.post("/x", data=b"{}")
    assert (response.status, told) == (503, ["Overloaded"])
    assert "within 0.01 s" in await response.text()
    assert (await browser.post("/x", data=b" " * 5000)).status == 413
    assert told == ["Overloaded", "ReviewTooLarge"]


async def test_only_post_is_routed(client: Open, metrics: WebhookMetrics) -> None:
    assert (await (await client(admission("/x", lambda _: Answer(), metrics))).get("/x")).status == 405
