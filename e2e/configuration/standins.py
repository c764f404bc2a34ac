"""Runs in a pod: Loki's stand-in on 3100, which writes what it took to /tmp/taken.json, and an app with metrics on 8080."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from aiohttp import web
from loki import Loki

TAKEN = Path("/tmp/taken.json")
METRICS = """# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{kind="book"} 7
"""


async def metrics(request: web.Request) -> web.Response:
    """Answer a scrape."""
    return web.Response(text=METRICS, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


async def main() -> None:
    """Serve until the pod ends."""
    app = web.Application()
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", 8080).start()
    async with Loki(host="0.0.0.0", port=3100) as loki:
        print("ready", flush=True)
        while True:
            state = {"taken": [asdict(pushed) for pushed in loki.taken], "refused": loki.refused}
            new = TAKEN.with_suffix(".new")
            new.write_text(json.dumps(state))
            new.replace(TAKEN)
            await asyncio.sleep(1)


asyncio.run(main())
