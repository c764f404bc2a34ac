"""Plain-HTTP endpoints for the kubelet and for Prometheus."""

from collections.abc import Callable

from aiohttp import web

from otel_operator.webhook.metrics import WebhookMetrics


def probe_application(not_ready: Callable[[], str | None]) -> web.Application:
    """Serve `/healthz` (the event loop turns) and `/readyz` (503 with the reason that `not_ready` returns)."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        reason = not_ready()
        return web.Response(text="ok\n") if reason is None else web.Response(status=503, text=reason + "\n")

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    return app


def metrics_application(metrics: WebhookMetrics) -> web.Application:
    """Serve `/metrics`."""

    async def expose(_: web.Request) -> web.Response:
        return web.Response(body=metrics.exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.router.add_get("/metrics", expose)
    return app
