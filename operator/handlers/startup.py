"""Configures Kopf as what we use it for: a watch that calls handlers, and nothing that writes."""

from collections.abc import Awaitable, Callable
from typing import Any

import kopf

from otel_operator.kinds import OWNED
from otel_operator.kube.connection import Connection
from otel_operator.labels import manager_selector


def register(registry: kopf.OperatorRegistry, stop: Callable[[], Awaitable[None]], connection: Connection) -> None:
    """Register settings, login and the end of the controllers."""

    @kopf.on.startup(registry=registry, id="configure")
    async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.posting.enabled = False
        # All kinds are known and served by now; watching CRDs would hold every CRD of the cluster in memory.
        settings.scanning.disabled = True
        settings.queueing.idle_timeout = 1.0
        settings.watching.chunk_size = 500
        settings.networking.request_timeout = 30
        for kind in OWNED:
            settings.watching.label_selectors[kind.group, kind.version, kind.plural] = manager_selector()

    @kopf.on.login(registry=registry, id="login")
    async def login(**_: Any) -> kopf.AiohttpSession:
        # Kopf closes the session and asks again after a 401, so it never gets that of our own client.
        return kopf.AiohttpSession(
            server=connection.server, default_namespace=connection.namespace, aiohttp_session=connection.session()
        )

    @kopf.on.cleanup(registry=registry, id="stop")
    async def end(**_: Any) -> None:
        await stop()
