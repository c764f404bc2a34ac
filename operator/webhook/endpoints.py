"""The HTTP layer: bounds, status codes and metrics around handlers that take a review and return one."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from otel_operator.api.stored_json import deeper_than
from otel_operator.json_types import JsonObject
from otel_operator.webhook import conversion, review
from otel_operator.webhook.byte_budget import ByteBudget
from otel_operator.webhook.errors import ReviewError
from otel_operator.webhook.metrics import WebhookMetrics

MAX_DEPTH = 700
"""Of a review; what is done with it recurses. A collector's configuration may have 100 levels."""
log = logging.getLogger(__name__)

Handler = Callable[[JsonObject], Awaitable[JsonObject]]
"""A decoded review in, the answering review out; ReviewError when it is none."""
_READ, _DECODED = 3, 16
"""Bytes of memory that a byte of a body takes while it is read, and once it is decoded: a pod of nothing but short variables."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one process. The time is below the registrations' timeoutSeconds of 10, so that our message arrives."""

    body_bytes: int = 16 * 1024 * 1024
    seconds: float = 8.0
    memory_bytes: int = 64 * 1024 * 1024
    """Decoded reviews of all requests together; a request beyond that waits, within `seconds`."""


def _without_a_word(reason: str) -> None:
    """Whoever asked hears of the failure, and that is enough."""


@dataclass(frozen=True, slots=True)
class Route:
    """A handler with bounds of its own, for requests that go on without our answer."""

    handle: Handler
    seconds: float | None = None
    """For waiting, reading and answering; None: those of the process."""
    largest: int | None = None
    """Bytes of the largest body that is decoded; None: any."""
    undecoded: Callable[[bytes], JsonObject] | None = None
    """Answers a larger body; ReviewError when it cannot. Goes with `largest`."""
    unanswered: Callable[[str], None] = _without_a_word
    """Called with the reason, in CamelCase, when a request got no answer for want of time or room."""


def admission(path: str, decide: Callable[[review.AdmissionRequest], review.Answer], metrics: WebhookMetrics) -> Handler:
    """Make the handler that answers AdmissionReviews with the pure function `decide`."""

    async def handle(body: JsonObject) -> JsonObject:
        request = review.decode(body)
        answer = decide(request)
        if not answer.allowed:
            metrics.denied.labels(path).inc()
            log.info("denied %s of %s by %s: %s", request.operation, request.subject, request.user, "; ".join(answer.errors))
        return review.encode(request, answer)

    return handle


def conversions(convert: conversion.Convert) -> Handler:
    """Make the handler that answers ConversionReviews with the pure function `convert`."""

    async def handle(body: JsonObject) -> JsonObject:
        return await conversion.answer(conversion.decode(body), convert)

    return handle


def application(handlers: Mapping[str, Handler | Route], metrics: WebhookMetrics, limits: Limits) -> web.Application:
    """Return the application with one POST route a path."""
    app = web.Application()
    budget = ByteBudget(limits.memory_bytes)
    for path, handler in handlers.items():
        route = handler if isinstance(handler, Route) else Route(handler)
        app.router.add_post(path, _endpoint(path, route, metrics, limits, budget))
    return app


def _endpoint(
    path: str, route: Route, metrics: WebhookMetrics, limits: Limits, budget: ByteBudget
) -> Callable[[web.Request], Awaitable[web.Response]]:
    in_flight, latency = metrics.in_flight.labels(path), metrics.latency.labels(path)

    async def respond(request: web.Request) -> web.Response:
        with in_flight.track_inprogress(), latency.time():
            response = await _answer(request, path, route, limits, budget)
        metrics.requests.labels(path, str(response.status)).inc()
        return response

    return respond


async def _answer(request: web.Request, path: str, route: Route, limits: Limits, budget: ByteBudget) -> web.Response:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return _failure(415, "reviews are taken uncompressed only")
    seconds = limits.seconds if route.seconds is None else route.seconds
    try:
        # A body of unknown length counts as the largest: it may become that.
        size = limits.body_bytes if request.content_length is None else request.content_length
        decoded = route.largest is None or size <= route.largest
        async with asyncio.timeout(seconds), budget.share(size * (_DECODED if decoded else _READ)):
            return web.json_response(await _handled(route, await _body(request, limits.body_bytes)))
    except TimeoutError:
        route.unanswered("Overloaded")
        return _failure(503, f"no answer within {seconds:g} s: the webhook is overloaded or the body came too slowly; try again")
    except web.HTTPRequestEntityTooLarge as error:
        route.unanswered("ReviewTooLarge")
        return _failure(error.status, error.text or "body too large")
    except ReviewError as error:
        return _failure(400, str(error))
    except Exception:
        log.exception("request to %s failed", path)
        return _failure(500, "internal error of the webhook; its log has the details")


async def _body(request: web.Request, most: int) -> bytes:
    """Return the body; HTTPRequestEntityTooLarge above `most`. `request.read` would keep it while its connection is idle."""
    pieces, size = list[bytes](), 0
    async for piece in request.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise web.HTTPRequestEntityTooLarge(most, size)
    return b"".join(pieces)


async def _handled(route: Route, body: bytes) -> JsonObject:
    if route.undecoded is not None and route.largest is not None and len(body) > route.largest:
        return route.undecoded(body)
    return await route.handle(_decoded(body))


def _decoded(body: bytes) -> JsonObject:
    try:
        review = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ReviewError(f"body is not JSON: {error}") from error
    # Most reviews have fewer brackets than levels are allowed, and need no walk.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and deeper_than(review, MAX_DEPTH):
        raise ReviewError(f"body is nested deeper than {MAX_DEPTH} levels")
    return review  # type: ignore[no-any-return]  # handlers check that it is an object


def _failure(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=message + "\n")
