"""One run: starts agents and gateways, sends, changes who is there, and has the end judged."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from e2e.cluster.errors import ComponentError
from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from otel_agent.exporters.load_balancing.ring import make_ring
from tests.soak.collector import Collector
from tests.soak.collector import start as start_collector
from tests.soak.tail_sampling.load import Load
from tests.soak.tail_sampling.names import Hosts
from tests.soak.tail_sampling.replicas import Gateway, agent, gateway, total
from tests.soak.tail_sampling.senders import Senders
from tests.soak.tail_sampling.sink import Sink
from tests.soak.tail_sampling.verdict import Arrivals, Era, Killed, Verdict, judge

AGENTS, GATEWAYS = 3, 4
_PAUSE = 0.2
_UNNOTICED_SECONDS = 1.0
"""For which the address of a killed gateway is still there."""
_TOLD_SECONDS = 60.0
_END_SECONDS = 120.0
_SAMPLE_SECONDS = 0.25
_PROGRESS_SECONDS = 10.0
_DECIDED_LONG_AGO = 5.0
"""Seconds beyond the decision wait after which a decision must have been handed on, also on a busy machine."""
_MANY = 50_000
"""Traces from which on 10 % is to be met within one; fewer are given three standard deviations."""
_TAIL = "otelcol_processor_tail_sampling_"


class Soak:
    """One run, from start to end."""

    def __init__(self, directory: Path, seed: int, traces: int, rate: float, decision_wait: float, interval: float) -> None:
        self.load = Load(seed, AGENTS)
        self.most_mib: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self.counted: dict[str, float] = {}
        """What the gateways that live say of themselves at the end, summed up."""
        self._directory = directory
        self._traces = traces
        self._decision_wait = decision_wait
        self._interval = interval
        ports = free_ports(1 + 2 * AGENTS + 3 * (GATEWAYS + 1))
        self._shared, self._agent_ports, self._agent_metrics = ports[0], ports[1 : 1 + AGENTS], ports[1 + AGENTS : 1 + 2 * AGENTS]
        self.senders = Senders(self.load, self._agent_ports, traces, rate)
        rest = ports[1 + 2 * AGENTS :]
        self._gateways = [
            Gateway(f"127.0.0.{2 + number}", self._shared, *rest[3 * number : 3 * number + 3]) for number in range(GATEWAYS + 1)
        ]
        self._sinks = {one.endpoint: (Sink(one.everything), Sink(one.sampled)) for one in self._gateways}
        self._running: dict[str, Collector] = {}
        self._hosts: Hosts

    async def run(self) -> Verdict:
        """Run, and judge."""
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True)
        self._hosts = Hosts(self._directory / "hosts")
        await asyncio.to_thread(self._hosts.demand)
        for sink in itertools.chain.from_iterable(self._sinks.values()):
            await sink.start()
        try:
            with ProcessGroup(self._directory) as group:
                return await self._run(group)
        finally:
            for sink in itertools.chain.from_iterable(self._sinks.values()):
                await sink.stop()

    async def _run(self, group: ProcessGroup) -> Verdict:
        first, added, dead = self._gateways[:GATEWAYS], self._gateways[GATEWAYS], self._gateways[1]
        self._hosts.become([one.address for one in first])
        await asyncio.gather(*(self._start_gateway(group, number) for number in range(GATEWAYS + 1)))
        await asyncio.gather(*(self._start_agent(group, number) for number in range(AGENTS)))
        watching = asyncio.create_task(self._watch())
        began = time.monotonic()
        third = self._traces // 3
        sending = asyncio.create_task(self.senders.run())
        try:
            await self._until_made(third, sending)
            joined = time.monotonic()
            self._hosts.become([one.address for one in self._gateways])
            await self._told(GATEWAYS + 1)
            all_know = time.monotonic()
            self._say(f"a gateway joined, and after {all_know - joined:.1f} s every agent knows")
            await self._until_made(2 * third, sending)
            self._note(dead.endpoint)
            killed = time.monotonic()
            await asyncio.to_thread(self._running.pop(dead.endpoint).component.end, grace=0)
            await asyncio.sleep(_UNNOTICED_SECONDS)
            left = [one for one in self._gateways if one is not dead]
            self._hosts.become([one.address for one in left])
            await self._told(GATEWAYS)
            gone = time.monotonic()
            self._say(f"a gateway was killed, and after {gone - killed:.1f} s every agent knows")
            await sending
            self._say(f"all was sent after {time.monotonic() - began:.0f} s")
            await self._end(left)
        finally:
            watching.cancel()
            sending.cancel()
            await asyncio.gather(watching, sending, return_exceptions=True)
        rings = [make_ring(one.endpoint for one in ones) for ones in (first, self._gateways, left)]
        eras = [Era(rings[0], 0, all_know), Era(rings[1], joined, gone), Era(rings[2], killed, float("inf"))]
        arrivals = {
            endpoint: Arrivals(everything.traces, frozenset(everything.again), sampled.traces)
            for endpoint, (everything, sampled) in self._sinks.items()
        }
        open_since = killed - self._decision_wait - _DECIDED_LONG_AGO
        share = 0.01 if self._traces >= _MANY else 3 * (0.1 * 0.9 / self._traces) ** 0.5
        verdict = judge(self.load.traces, arrivals, eras, Killed(dead.endpoint, open_since), share, self._decision_wait / 2)
        assert added.endpoint in eras[1].ring.endpoints
        if self.counted[f"{_TAIL}sampling_trace_dropped_too_early"]:
            verdict.faults.append("traces were dropped before they were decided")
        return verdict

    async def _start_gateway(self, group: ProcessGroup, number: int) -> None:
        one = self._gateways[number]
        text = gateway(one, self._decision_wait)
        name = f"gateway-{number}"
        self._running[one.endpoint] = await asyncio.to_thread(
            start_collector, group, self._directory, text, [one.metrics], name=name
        )
        async with asyncio.timeout(_TOLD_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection(one.address, one.port)
                except OSError:
                    await asyncio.sleep(_PAUSE)
                else:
                    writer.close()
                    return

    async def _start_agent(self, group: ProcessGroup, number: int) -> None:
        ports = [self._agent_ports[number], self._agent_metrics[number]]
        text = agent(ports[0], ports[1], self._shared, self._interval)
        name = f"agent-{number}"
        self._running[name] = await asyncio.to_thread(
            start_collector, group, self._directory, text, ports, name=name, within=self._hosts.within
        )

    async def _until_made(self, traces: int, sending: asyncio.Task[None]) -> None:
        while len(self.load.traces) < traces:
            if sending.done():
                sending.result()
            await asyncio.sleep(0.01)

    async def _told(self, gateways: int) -> None:
        """Wait until every agent knows so many."""
        async with asyncio.timeout(_TOLD_SECONDS):
            for port in self._agent_metrics:
                while total(await _scrape(port), "otelcol_loadbalancer_num_backends") != gateways:  # noqa: ASYNC110 -- others know
                    await asyncio.sleep(0.05)

    async def _end(self, left: Sequence[Gateway]) -> None:
        """Let the agents send what they hold, then the gateways decide what is undecided and send it."""
        ends = [asyncio.to_thread(self._stop, f"agent-{number}") for number in range(AGENTS)]
        await asyncio.gather(*ends)
        names = ("sampling_trace_dropped_too_early", "late_spans_of_unknown_traces", "new_trace_id_received")
        texts = [await _scrape(one.metrics) for one in left]
        self.counted = {f"{_TAIL}{name}": sum(total(text, f"{_TAIL}{name}") for text in texts) for name in names}
        await asyncio.gather(*(asyncio.to_thread(self._stop, one.endpoint) for one in left))

    def _stop(self, name: str) -> None:
        self._note(name)
        collector = self._running.pop(name)
        collector.component.end(grace=_END_SECONDS)
        if code := collector.component.process.returncode:
            raise ComponentError(f"{name} ended with code {code}, see {collector.component.log}")

    def _note(self, name: str) -> None:
        collector = self._running[name]
        self.cpu[name] = collector.cpu_seconds()
        self.most_mib[name] = max(self.most_mib.get(name, 0.0), collector.rss_mib())

    async def _watch(self) -> None:
        shown = time.monotonic()
        while True:
            if time.monotonic() - shown > _PROGRESS_SECONDS:
                shown = time.monotonic()
                self._say(f"{max(self.most_mib.values(), default=0):.0f} MiB at most in any collector")
            for name in list(self._running):
                self._note(name)
            await asyncio.sleep(_SAMPLE_SECONDS)

    def _say(self, text: str) -> None:
        sent = sum(trace.spans for trace in self.load.traces.values())
        print(f"tail sampling: {text}; {len(self.load.traces)} traces, {sent} spans so far", flush=True)


async def _scrape(port: int) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        return await answer.text()
