"""A door before a real API server that a client goes through: it lets requests pass, late, not at all, or cuts them off.

It speaks plain HTTP to the client and verified TLS to the server, and hands the client's own credential on. Each request is told
by its path, so that one list can hang while everything else is answered.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

_HOP_BY_HOP = {"connection", "content-length", "content-encoding", "host", "keep-alive", "transfer-encoding"}
_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls requests whose path ends with one of `paths`; with none, all requests."""

    paths: tuple[str, ...] = ()
    seconds: float = 0.0
    """That each answer comes late."""
    held: bool = False
    """Nothing is answered, and no watch says anything, until other faults are set."""
    cut: bool = False
    """Connections are reset, those that are open as well."""

    def concerns(self, path: str) -> bool:
        """Tell whether a request is befallen."""
        return not self.paths or path.endswith(self.paths)


_NONE = Fault()


class FaultyApiServer:
    """Context manager. `url` is for the client; `asked` counts the requests that arrived, by path."""

    def __init__(self, server: str, ca_file: Path) -> None:
        self._server, self._ca_file = server, ca_file
        self._faults: tuple[Fault, ...] = ()
        self._changed = asyncio.Event()
        self._open: dict[asyncio.Task[object], web.Request] = {}
        self.asked: Counter[str] = Counter()
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._there(self._start()).result(30)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._there(self._stop()).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def set(self, *faults: Fault) -> None:
        """Have these faults from now on and no others; the first that concerns a request counts."""
        self._there(self._set(faults)).result(30)

    def _there(self, work: object) -> Future[None]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)  # type: ignore[arg-type]

    async def _start(self) -> None:
        context = ssl.create_default_context(cafile=str(self._ca_file))
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        connector = aiohttp.TCPConnector(ssl=context, limit=0)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False, read_bufsize=2**20)
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self._set((Fault(cut=True),))
        await self._runner.cleanup()
        await self._session.close()

    async def _set(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults
        self._changed.set()
        self._changed = asyncio.Event()
        for task, request in list(self._open.items()):
            if self._fault(request).cut:
                _reset(request)
                task.cancel()

    def _fault(self, request: web.Request) -> Fault:
        return next((fault for fault in self._faults if fault.concerns(request.path)), _NONE)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] += 1
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = request
        try:
            await self._passage(request)
            await asyncio.sleep(self._fault(request).seconds)
            return await self._answered(request)
        except aiohttp.ClientError:
            _reset(request)
            raise
        finally:
            del self._open[task]

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        url = self._server + request.raw_path
        body = await request.read()
        async with self._session.request(request.method, url, headers=headers, data=body, timeout=_UNBOUND) as answer:
            response = web.StreamResponse(status=answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP_BY_HOP or name.lower() == "content-encoding":
                    response.headers[name] = value
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await self._passage(request)
                await response.write(piece)
            await response.write_eof()
            return response

    async def _passage(self, request: web.Request) -> None:
        """Return once the request may go on; cancelled where it is cut off."""
        while (fault := self._fault(request)).held and not fault.cut:
            await self._changed.wait()
        if fault.cut:
            _reset(request)
            raise asyncio.CancelledError


_UNBOUND = aiohttp.ClientTimeout(total=None)


def _reset(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
