"""An API server that answers each request as the next step of a script says."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

PATH = "/api/v1/namespaces/shop/pods"


def pod(name: str, version: int = 1, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "shop", "resourceVersion": str(version)}, **more}


@dataclass(frozen=True)
class Page:
    """Of a list."""

    items: Sequence[Any] = ()
    version: str = "10"
    following: str = ""


@dataclass(frozen=True)
class Events:
    """Of a watch: pairs of type and object, or bytes as they are. `hold` keeps it open until the script ends."""

    events: Sequence[tuple[str, Any] | bytes] = ()
    end: Literal["close", "cut", "hold"] = "hold"


@dataclass(frozen=True)
class Refusal:
    """An answer that is none."""

    status: int
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class ScriptedApi:
    """Notes the query and the Authorization header of each request. After the script every watch is held."""

    def __init__(self, steps: Sequence[Page | Events | Refusal]) -> None:
        self._steps = list(steps)
        self._over = asyncio.Event()
        self.queries: list[dict[str, str]] = []
        self.credentials: list[str] = []
        self.url = ""

    @property
    def asked(self) -> list[str]:
        """What each request was: a list, or a watch from which version on."""
        return [f"watch {each['resourceVersion']}" if "watch" in each else "list" for each in self.queries]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.queries.append(dict(request.query))
        self.credentials.append(request.headers.get("Authorization", ""))
        step = self._steps.pop(0) if self._steps else Events()
        if isinstance(step, Refusal):
            text = json.dumps({"kind": "Status", "message": step.message})
            return web.Response(status=step.status, text=text, headers=step.headers)
        if isinstance(step, Page):
            metadata = {"resourceVersion": step.version, "continue": step.following}
            return web.json_response({"metadata": metadata, "items": list(step.items)})
        response = web.StreamResponse()
        await response.prepare(request)
        for event in step.events:
            line = event if isinstance(event, bytes) else json.dumps({"type": event[0], "object": event[1]}).encode() + b"\n"
            await response.write(line)
        if step.end == "hold":
            await self._over.wait()
        elif step.end == "cut":
            assert request.transport is not None
            request.transport.abort()
        return response

    @classmethod
    @asynccontextmanager
    async def serving(cls, *steps: Page | Events | Refusal) -> "AsyncIterator[ScriptedApi]":
        """Answer on a port of its own."""
        api = cls(steps)
        runner = web.ServerRunner(web.Server(api._answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield api
        finally:
            api._over.set()
            await runner.cleanup()
