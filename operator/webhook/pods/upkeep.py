"""What runs beside pod admission: the watches that fill the caches, the server's version, the posting of Events."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from otel_operator.kube.events import EventRecorder
from otel_operator.kube.reflector import Reflector
from otel_operator.webhook.footprint import settle_memory
from otel_operator.webhook.pods.caches import Caches
from otel_operator.webhook.pods.native_sidecars import NativeSidecars

_GRACE_SECONDS = 60.0
"""After which a replica serves without caches, whatever keeps it from reading them."""


@dataclass(slots=True)
class Upkeep:
    """`run()` until cancelled; `ready` is set once decisions on pods can be made."""

    caches: Caches
    reflectors: Sequence[Reflector[Any]]
    native_sidecars: NativeSidecars
    events: EventRecorder
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _complete: bool = False
    _started: float = field(default_factory=time.monotonic)

    def not_ready(self) -> str | None:
        """Return what is waited for; None once the caches are filled, or cannot be while nobody converts, or not for too long."""
        if self._complete or time.monotonic() - self._started > _GRACE_SECONDS:
            return None
        # Collectors stored in an older version are read through the conversion that only a ready replica answers.
        if any(reflector.unconverted for reflector in self.reflectors):
            return None
        missing = [view.kind.plural for view in self.caches.views() if not view.filled.is_set()]
        return f"reading {', '.join(missing) or 'the version'} from the API server"

    async def run(self) -> None:
        """Keep everything up to date."""
        async with asyncio.TaskGroup() as group:
            for reflector in self.reflectors:
                group.create_task(reflector.run(), name=f"reflector {reflector.view.kind.plural}")
            group.create_task(self.native_sidecars.run(), name="version")
            group.create_task(self.events.run(), name="events")
            group.create_task(self._wait(), name="filled")

    async def _wait(self) -> None:
        await self.native_sidecars.known.wait()
        await self.caches.filled()
        self.ready.set()
        await self.caches.all_filled()
        settle_memory()
        self._complete = True


class UpkeepMetrics(Collector):
    """Values that the upkeep's parts keep themselves."""

    def __init__(self, upkeep: Upkeep) -> None:
        self.upkeep = upkeep

    def collect(self) -> Iterator[Metric]:
        """Read them for a scrape."""
        objects = GaugeMetricFamily("otel_operator_cache_objects", "Objects in the caches of pod admission", labels=("kind",))
        left_out = GaugeMetricFamily("otel_operator_cache_left_out", "Objects that the caches had no room for", labels=("kind",))
        failures = CounterMetricFamily("otel_operator_cache_failures", "Lists and watches that failed", labels=("kind",))
        for reflector in self.upkeep.reflectors:
            view = reflector.view
            objects.add_metric((view.kind.kind,), len(view))
            left_out.add_metric((view.kind.kind,), view.left_out)
            failures.add_metric((view.kind.kind,), reflector.failures)
        yield from (objects, left_out, failures)
        yield CounterMetricFamily("otel_operator_events_dropped", "Events given up for want of room", self.upkeep.events.dropped)
