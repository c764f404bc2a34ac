"""An OTLP/HTTP destination that decodes whatever arrives with the official classes and counts it: `... counting_sink PORT`."""

import asyncio
import json
import sys
from collections import Counter

from aiohttp import web
from google.protobuf.message import DecodeError

from tests.fuzz.network.oracle import REQUESTS, count

_SIGNALS = {f"/v1/{signal}": signal for signal in REQUESTS}


class CountingSink:
    """Counts requests and items, and requests that it cannot decode."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take a request; `/stats` says what came so far."""
        signal = _SIGNALS.get(request.path)
        if signal is None:
            return web.Response(text=json.dumps({name: self._seen[name] for name in ("requests", "items", "bad")}))
        body = await request.read()
        self._seen["requests"] += 1
        try:
            self._seen["items"] += count(signal, REQUESTS[signal].FromString(body))
        except DecodeError:
            self._seen["bad"] += 1
            return web.Response(status=400)
        return web.Response(content_type="application/x-protobuf")


async def serve(port: int) -> None:
    """Listen until cancelled."""
    runner = web.ServerRunner(web.Server(CountingSink().answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
