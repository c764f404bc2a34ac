"""Leader election by a `coordination.k8s.io/v1` Lease: at most one manager reconciles at a time.

The Lease has the Go operator's name, so that the two exclude each other too. Clocks of different machines are never
compared: another holder is taken for dead when its renewal has not changed for the Lease's duration as measured here.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from otel_operator.errors import ApiError, Conflict, LostLease, NotFound
from otel_operator.json_types import JsonObject
from otel_operator.kinds import LEASE
from otel_operator.kube.client import KubeClient

LEASE_NAME = "9f7554c3.opentelemetry.io"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """Seconds, with the meaning that client-go gives them."""

    duration: float = 15.0
    """How long others wait after the last renewal before they take over."""
    renew_deadline: float = 10.0
    """How long the holder may fail to renew before it steps down."""
    retry: float = 2.0
    """Pause between tries, of holder and standby alike."""

    def __post_init__(self) -> None:
        if not self.duration > self.renew_deadline > self.retry > 0:
            raise ValueError("lease times must hold: duration > renew deadline > retry period > 0")


class Lease:
    """One candidate for one Lease. Use: `await acquire()`, then `hold()` as a task beside the work, then `release()`."""

    def __init__(
        self,
        client: KubeClient,
        namespace: str,
        identity: str,
        *,
        name: str = LEASE_NAME,
        times: LeaseTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client, self._namespace, self._name, self.identity = client, namespace, name, identity
        self.times = times or LeaseTimes()
        self._clock, self._sleep = clock, sleep
        self._seen: tuple[str, str] = ("", "")
        self._seen_at = 0.0
        self._held: JsonObject | None = None

    async def acquire(self) -> None:
        """Return once we hold the Lease; an unreachable API server is waited for."""
        announced = ""
        while True:
            try:
                if await self._try_take():
                    return
            except Conflict:
                _log.debug("another candidate wrote the lease first")
            except ApiError as error:
                _log.warning("cannot read or write the lease: %s", error)
            if self._seen[0] != announced:
                announced = self._seen[0]
                _log.info("standing by, leader=%s", announced)
            await self._sleep(self.times.retry)

    async def hold(self) -> None:
        """Renew until cancelled. Raises LostLease when another holds it or no renewal got through in time."""
        renewed = self._clock()
        while True:
            await self._sleep(self.times.retry)
            started = self._clock()
            left = self.times.renew_deadline - (started - renewed)
            try:
                async with asyncio.timeout(max(left, 0.01)):
                    await self._renew()
                renewed = started  # others may count from any moment after this one
            except (ApiError, TimeoutError) as error:
                if self._clock() - renewed >= self.times.renew_deadline:
                    raise LostLease(
                        f"lease {self._namespace}/{self._name}: no renewal for {self.times.renew_deadline:g} s"
                    ) from error
                _log.warning("lease not renewed yet: %s", error)

    async def release(self) -> None:
        """Give the Lease up so that a standby takes over at once; failure only costs the others the duration."""
        if self._held is None:
            return
        lease = self._written(self._held, holder="")
        lease["spec"]["leaseDurationSeconds"] = 1
        self._held = None
        try:
            async with asyncio.timeout(1.5):
                await self._client.replace(lease)
        except (ApiError, TimeoutError) as error:
            _log.warning("lease not released: %s", error)

    async def _try_take(self) -> bool:
        """One try; True when we hold it."""
        try:
            live = await self._client.get(LEASE, self._namespace, self._name)
        except NotFound:
            metadata = {"name": self._name, "namespace": self._namespace}
            blank = {"apiVersion": LEASE.api_version, "kind": LEASE.kind, "metadata": metadata, "spec": {}}
            self._held = await self._client.create(self._written(blank, self.identity, transition=False))
            return True
        spec = live.get("spec") or {}
        holder = str(spec.get("holderIdentity") or "")
        if holder not in ("", self.identity) and not self._expired(holder, spec):
            return False
        self._held = await self._client.replace(self._written(live, self.identity, transition=holder != self.identity))
        return True

    def _expired(self, holder: str, spec: JsonObject) -> bool:
        seen = (holder, str(spec.get("renewTime")))
        if seen != self._seen:
            self._seen, self._seen_at = seen, self._clock()
            return False
        return self._clock() - self._seen_at > float(spec.get("leaseDurationSeconds") or self.times.duration)

    async def _renew(self) -> None:
        if self._held is None:
            raise LostLease("hold() needs acquire() first")
        try:
            self._held = await self._client.replace(self._written(self._held, self.identity))
        except (Conflict, NotFound):
            # Somebody else wrote or deleted it: hold on only if it is still ours.
            live = await self._client.get(LEASE, self._namespace, self._name)
            holder = (live.get("spec") or {}).get("holderIdentity")
            if holder != self.identity:
                raise LostLease(f"lease {self._namespace}/{self._name} is held by {holder or 'nobody'} now") from None
            self._held = await self._client.replace(self._written(live, self.identity))

    def _written(self, live: JsonObject, holder: str, transition: bool = False) -> JsonObject:
        """Return `live`, whose resourceVersion makes the write conditional, with `holder` and a new renewal time."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = dict(live.get("spec") or {})
        spec["holderIdentity"] = holder
        spec["leaseDurationSeconds"] = ceil(self.times.duration)
        spec["renewTime"] = now
        if transition or "acquireTime" not in spec:
            spec["acquireTime"] = now
        spec["leaseTransitions"] = int(spec.get("leaseTransitions") or 0) + (1 if transition else 0)
        meta = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
        return {"apiVersion": LEASE.api_version, "kind": LEASE.kind, "metadata": meta, "spec": spec}
