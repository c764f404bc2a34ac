"""The manager process: wait for the Lease, then watch and reconcile until told to stop or until the Lease is lost.

A standby runs nothing but the Lease's loop. A leader that loses it ends the process: whatever it knew may be old.
"""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import uuid
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import Any, cast

import kopf

from otel_operator.errors import ApiError, LostLease, NotFound
from otel_operator.handlers import owned, primary, startup
from otel_operator.handlers.metrics import Metrics
from otel_operator.handlers.probes import Health, PageServer
from otel_operator.kinds import COLLECTOR
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection, connect
from otel_operator.kube.events import EventRecorder
from otel_operator.kube.lease import Lease, LeaseTimes
from otel_operator.kube.retry import ONCE
from otel_operator.reconcile.controller import Controller
from otel_operator.reconcile.instrumentation.controller import InstrumentationController
from otel_operator.settings import Settings

_log = logging.getLogger(__name__)
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_API_PAUSE = 3.0
_PEERING_IDENTITY = "otel-operator"
"""For Kopf's peering, which is off."""


@dataclass(frozen=True, slots=True)
class ManagerOptions:
    """What the command line decides for this process; `settings` is what it decides for collectors."""

    settings: Settings = field(default_factory=Settings)
    kubeconfig: str | None = None
    context: str | None = None
    leader_election: bool = True
    lease_times: LeaseTimes = field(default_factory=LeaseTimes)
    metrics_address: str = ":8080"
    """"0" turns the server off."""
    health_address: str = ":8081"


@dataclass(frozen=True, slots=True)
class Controllers:
    """All controllers of the process; where one breaks, all end."""

    collectors: Controller
    instrumentations: InstrumentationController

    async def broken(self) -> None:
        """Wait until one of them cannot go on."""
        waits = {asyncio.create_task(self.collectors.broken()), asyncio.create_task(self.instrumentations.broken())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def stop(self) -> None:
        """End all their tasks."""
        await asyncio.gather(self.collectors.stop(), self.instrumentations.stop())

    def oldest_wait(self) -> float:
        """Seconds that the oldest key of any queue has waited."""
        return max(self.collectors.queue.oldest_wait(), self.instrumentations.queue.oldest_wait())


async def run(options: ManagerOptions) -> int:
    """Run the manager and return the exit code: 0 when asked to stop, 1 when the Lease was lost or a task of ours broke."""
    connection = await connect(options.kubeconfig, options.context)
    metrics, health = Metrics(), Health()
    identity = f"{os.environ.get('POD_NAME') or os.uname().nodename}_{uuid.uuid4()}"
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with contextlib.AsyncExitStack() as stack:
        _serve(stack, options, metrics, health)
        await stack.enter_async_context(_beating(health))
        client = KubeClient(connection, observe=metrics.requested)
        stack.push_async_callback(client.close)
        # The Lease has connections and a deadline of its own: a busy pool must not cost the leadership.
        lease_client = KubeClient(
            connection, timeout=options.lease_times.renew_deadline / 2, retry=ONCE, observe=metrics.requested
        )
        stack.push_async_callback(lease_client.close)
        lease = Lease(lease_client, connection.namespace, identity, times=options.lease_times)
        events = EventRecorder(client, identity)
        controllers = Controllers(
            Controller(client, events, options.settings, observe=metrics.reconciled),
            InstrumentationController(
                client,
                connection,
                events,
                options.settings,
                observe=metrics.reconciled_instrumentation,
                upgraded=metrics.upgraded,
                restarted=metrics.restarted,
            ),
        )
        metrics.watch(controllers.collectors, controllers.instrumentations, events)
        health.queue_age = controllers.oldest_wait
        health.role = "standby"
        if options.leader_election and not await _until(lease.acquire(), stopping):
            return 0
        health.role = "leader"
        metrics.leading.set(1)
        _log.info("leading identity=%s", identity)
        return await _lead(options, connection, lease, controllers, stopping)


async def _lead(
    options: ManagerOptions,
    connection: Connection,
    lease: Lease,
    controllers: Controllers,
    stopping: asyncio.Event,
) -> int:
    """Reconcile while the Lease is held."""
    hold = asyncio.create_task(lease.hold() if options.leader_election else _for_ever(), name="lease")
    work = asyncio.create_task(_watch(options, connection, controllers, stopping), name="watch")
    broken = asyncio.create_task(controllers.broken(), name="broken")
    await asyncio.wait({hold, work, broken}, return_when=asyncio.FIRST_COMPLETED)
    # Whatever happened, no write may follow.
    await controllers.stop()
    if not broken.done():
        broken.cancel()
    elif not hold.done():
        # The Lease stays until it runs out: a standby that takes over at once might meet the same object and end as well.
        hold.cancel()
        work.cancel()
        await asyncio.wait({hold, work}, timeout=1.0)
        return 1
    if hold.done():
        work.cancel()
        await asyncio.wait({work}, timeout=1.0)
        _log.error("leadership lost: %s", hold.exception())
        if not isinstance(hold.exception(), LostLease):
            hold.result()
        return 1
    hold.cancel()
    await asyncio.wait({hold})
    await lease.release()
    work.result()
    _log.info("stopped")
    return 0


async def _watch(options: ManagerOptions, connection: Connection, controllers: Controllers, stopping: asyncio.Event) -> None:
    """Fill the cache, then run Kopf until it is told to stop. Kopf takes the signals over once it runs."""
    if not await _until(_started(controllers.collectors), stopping):
        return
    if options.settings.instrumentation_crd:
        controllers.instrumentations.begin()
    registry, settings = kopf.OperatorRegistry(), kopf.OperatorSettings()
    startup.register(registry, controllers.stop, connection)
    primary.register(registry, controllers.collectors)
    owned.register(registry, controllers.collectors)
    gc.collect()
    gc.freeze()
    namespaces = options.settings.watch_namespaces
    await kopf.operator(
        registry=registry,
        settings=settings,
        standalone=True,
        # Kopf would otherwise ask for the user's name, which an image's numeric user does not have.
        identity=cast(Any, _PEERING_IDENTITY),
        clusterwide=not namespaces,
        namespaces=list(namespaces),
    )


async def _started(controller: Controller) -> None:
    """Wait until the API server serves our kind and lets us list; then start the controller."""
    while True:
        try:
            await controller.start()
        except NotFound:
            _log.warning("the API server does not serve %s %s: apply crds/", COLLECTOR.api_version, COLLECTOR.plural)
        except ApiError as error:
            _log.warning("cannot list yet: %s", error)
        else:
            return
        await asyncio.sleep(_API_PAUSE)


async def _until(work: Awaitable[None], stopping: asyncio.Event) -> bool:
    """Await `work`; False, with `work` cancelled, when we are told to stop first."""
    task, stop = asyncio.ensure_future(work), asyncio.create_task(stopping.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
        return False
    task.result()
    return True


async def _for_ever() -> None:
    await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def _beating(health: Health) -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            health.beat()
            await asyncio.sleep(1)

    task = asyncio.create_task(beat(), name="heartbeat")
    try:
        yield
    finally:
        task.cancel()


def _serve(stack: contextlib.AsyncExitStack, options: ManagerOptions, metrics: Metrics, health: Health) -> None:
    if options.metrics_address != "0":
        pages = {"/metrics": lambda: (200, _TEXT, metrics.text())}
        stack.callback(PageServer(options.metrics_address, pages).close)
    if options.health_address != "0":
        stack.callback(PageServer(options.health_address, {"/healthz": health.healthz, "/readyz": health.readyz}).close)
