"""Measures what one look for missed pods costs the manager in a large cluster: CPU of the process, and growth of its memory.

    python -m tests.benchmarks.bench_missed_pods [--pods 20000] [--namespaces 200]

A server in a process of its own answers as an API server does; a pod's metadata is as long as real ones, managed fields included.
Every tenth pod asks and runs without. The pauses between the pages are left out of the run and added to the duration shown.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import time
from multiprocessing.connection import Connection as Pipe
from typing import Any

from aiohttp import web

from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Configuration, Connection
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.instrumentation.missed_pods import PAGE_PAUSE, REST, MissedPods
from otel_operator.settings import InjectionSettings

PAGE = 250
ASKS = {"instrumentation.opentelemetry.io/inject-python": "n0/sdk"}
SDK = {"metadata": {"namespace": "n0", "name": "sdk", "uid": "u", "resourceVersion": "1"}, "spec": {}}


class Nobody:
    """Takes Events and does not post them."""

    def record(self, obj: Any, type_: str, reason: str, note: str, action: str = "Reconcile") -> None:
        """Forget it."""


def pod(number: int, namespaces: int) -> dict[str, Any]:
    """Return the metadata of a pod of a Deployment with ten."""
    deployment = number // 10
    fields = {f"f:field-{index}": {".": {}, f"k:{{uid:{number}}}": {}} for index in range(60)}
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": f"d{deployment}-5d4f",
        "uid": f"r{deployment}",
        "controller": True,
    }
    return {
        "name": f"d{deployment}-5d4f-{number}",
        "namespace": f"n{deployment % namespaces}",
        "uid": f"p{number}",
        "labels": {"app": f"d{deployment}", "pod-template-hash": "5d4f"},
        "annotations": ASKS if deployment % 10 == 0 else {"prometheus.io/scrape": "true"},
        "ownerReferences": [owner],
        "managedFields": [{"manager": manager, "fieldsV1": fields} for manager in ("kube-controller-manager", "kubelet")],
    }


def serve(pods: int, namespaces: int, pipe: Pipe) -> None:
    """Answer lists of pods, single pods and namespaces."""
    pages = []
    for first in range(0, pods, PAGE):
        rest = {"continue": str(first // PAGE + 1)} if first + PAGE < pods else {}
        items = [{"metadata": pod(number, namespaces)} for number in range(first, min(first + PAGE, pods))]
        pages.append(json.dumps({"metadata": rest, "items": items}).encode())

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/api/v1/pods":
            return web.Response(body=pages[int(request.query.get("continue", 0))], content_type="application/json")
        name = request.path.rpartition("/")[2]
        metadata = pod(int(name.rpartition("-")[2]), namespaces) if "-" in name else {"name": name}
        return web.json_response({"metadata": metadata, "spec": {"containers": [{"name": "app"}]}})

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send((runner.addresses[0][1], sum(map(len, pages)) / pods))
        await asyncio.Event().wait()

    asyncio.run(run())


async def measure(port: int, pods: int) -> None:
    """Look twice and print what each look cost."""
    client = KubeClient(Connection(Configuration(host=f"http://127.0.0.1:{port}"), "here"))
    known = Instrumentations(client, InjectedPods(), Nobody(), InjectionSettings(), lambda feature, outcome: None)
    known.observe(SDK)
    missed = MissedPods(client, known, Nobody(), ["python"], [None], changed=lambda key: None, pause=0)
    pauses = PAGE_PAUSE * (pods / PAGE)
    for name in ("first look", "next look"):
        before, cpu, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time(), time.monotonic()
        await missed.look()
        cpu, took = time.process_time() - cpu, time.monotonic() - started + pauses
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        share = cpu / ((1 + REST) * took)
        print(f"{name}: {cpu:.2f} s of CPU in {took:.0f} s, {share:.1%} of a core over time; peak memory +{grown:.1f} MiB")
        print(f"  missed pods {len(missed)}, left out {missed.left_out}")
    await client.close()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=20_000)
    parser.add_argument("--namespaces", type=int, default=200)
    args = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(args.pods, args.namespaces, theirs))
    server.start()
    try:
        port, size = ours.recv()
        print(f"{args.pods} pods of {size:.0f} bytes of metadata in {args.namespaces} namespaces")
        asyncio.run(measure(port, args.pods))
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
