"""A metadata service: answers what it was told to, and only requests with the right method, path and headers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web


@dataclass(slots=True)
class Answer:
    """To one method and path; what is not text is sent as JSON."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    """That the request must have."""
    method: str = "GET"
    status: int = 200
    failures: int = 0
    """Requests that get a 500 first."""


class MetadataServer:
    """Requests to anything else get a 404, with other headers a 401; all are noted."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.requests: list[str] = []
        self.address = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path_qs}")
        answer = self.answers.get(request.path_qs)
        if answer is None or answer.method != request.method:
            return web.Response(status=404)
        if any(request.headers.get(name) != value for name, value in answer.headers.items()):
            return web.Response(status=401)
        if answer.failures:
            answer.failures -= 1
            return web.Response(status=500)
        body = answer.body if isinstance(answer.body, str) else orjson.dumps(answer.body).decode()
        return web.Response(status=answer.status, text=body)


@asynccontextmanager
async def serving(answers: Mapping[str, Answer], *, unix_socket: str = "") -> AsyncIterator[MetadataServer]:
    server = MetadataServer(answers)
    runner = web.ServerRunner(web.Server(server.handle))
    await runner.setup()
    site: web.BaseSite = web.UnixSite(runner, unix_socket) if unix_socket else web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    if not unix_socket:
        host, port = runner.addresses[0][:2]
        server.address = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()
