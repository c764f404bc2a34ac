"""An HTTP server that answers like an API server as far as a test says."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Configuration, Connection
from otel_operator.kube.retry import RetryPolicy

Answer = Callable[[web.Request, Any], web.Response]


class Server:
    """Answers by `answer` and keeps what was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Answer = lambda request, body: web.json_response({})
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self.requests.append((request.method, request.path_qs, body))
        self.headers.append(dict(request.headers))
        return self.answer(request, body)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
def connection(server: Server) -> Connection:
    configuration = Configuration(host=server.url)
    configuration.api_key["BearerToken"] = "bearer secret\n"
    return Connection(configuration, "here")


@pytest.fixture
async def client(connection: Connection) -> AsyncIterator[KubeClient]:
    client = KubeClient(connection, retry=RetryPolicy(attempts=3, first=0.001), timeout=5)
    yield client
    await client.close()
