import asyncio
from typing import Any

import pytest

from otel_operator.errors import ApiError, Conflict, LostLease, NotFound
from otel_operator.kube.lease import Lease, LeaseTimes

TIMES = LeaseTimes(duration=15, renew_deadline=10, retry=2)


class Leases:
    """One Lease object with resource versions, as the API server keeps it."""

    def __init__(self) -> None:
        self.live: dict[str, Any] | None = None
        self.broken = False
        self._version = 0

    async def get(self, kind: Any, namespace: str, name: str) -> dict[str, Any]:
        self._check()
        if self.live is None:
            raise NotFound("GET lease", 404, "NotFound", "")
        return self.live

    async def create(self, obj: dict[str, Any]) -> dict[str, Any]:
        self._check()
        if self.live is not None:
            raise Conflict("POST lease", 409, "AlreadyExists", "")
        return self._store(obj)

    async def replace(self, obj: dict[str, Any]) -> dict[str, Any]:
        self._check()
        if self.live is None:
            raise NotFound("PUT lease", 404, "NotFound", "")
        if obj["metadata"]["resourceVersion"] != self.live["metadata"]["resourceVersion"]:
            raise Conflict("PUT lease", 409, "Conflict", "")
        return self._store(obj)

    @property
    def holder(self) -> str:
        assert self.live is not None
        return str(self.live["spec"]["holderIdentity"])

    def _check(self) -> None:
        if self.broken:
            raise ApiError("lease", 0, "Unreachable", "down")

    def _store(self, obj: dict[str, Any]) -> dict[str, Any]:
        self._version += 1
        self.live = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self._version)}}
        return self.live


class Time:
    """A clock that only `sleep` moves; every sleep lets other tasks run once."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


def candidate(leases: Leases, time: Time, identity: str) -> Lease:
    return Lease(leases, "ns", identity, times=TIMES, clock=time.clock, sleep=time.sleep)  # type: ignore[arg-type]


async def test_the_first_candidate_makes_the_lease(time: Time) -> None:
    leases = Leases()
    await candidate(leases, time, "a").acquire()
    assert leases.live is not None
    assert leases.holder == "a"
    assert leases.live["spec"]["leaseDurationSeconds"] == 15
    assert leases.live["spec"]["leaseTransitions"] == 0
    assert leases.live["metadata"]["name"] == "9f7554c3.opentelemetry.io"


async def test_a_standby_takes_over_when_renewals_stop_for_the_duration(time: Time) -> None:
    leases = Leases()
    await candidate(leases, time, "a").acquire()
    start = time.now
    await candidate(leases, time, "b").acquire()
    assert leases.holder == "b"
    assert leases.live is not None
    assert leases.live["spec"]["leaseTransitions"] == 1
    assert 15 <= time.now - start <= 20


async def test_a_standby_waits_as_long_as_the_holder_renews(time: Time) -> None:
    leases = Leases()
    holder = candidate(leases, time, "a")
    await holder.acquire()
    hold, standby = asyncio.create_task(holder.hold()), asyncio.create_task(candidate(leases, time, "b").acquire())
    for _ in range(100):
        await asyncio.sleep(0)
    assert leases.holder == "a"
    assert not standby.done()
    for task in (hold, standby):
        task.cancel()


async def test_a_released_lease_is_taken_at_once(time: Time) -> None:
    leases = Leases()
    holder = candidate(leases, time, "a")
    await holder.acquire()
    await holder.release()
    start = time.now
    await candidate(leases, time, "b").acquire()
    assert leases.holder == "b"
    assert time.now == start


async def test_a_holder_that_cannot_renew_steps_down_before_others_may_take_over(time: Time) -> None:
    leases = Leases()
    holder = candidate(leases, time, "a")
    await holder.acquire()
    start = time.now
    leases.broken = True
    with pytest.raises(LostLease, match="no renewal"):
        await holder.hold()
    assert time.now - start < TIMES.duration


async def test_a_stolen_lease_is_noticed(time: Time) -> None:
    leases = Leases()
    holder = candidate(leases, time, "a")
    await holder.acquire()
    assert leases.live is not None
    leases._store({**leases.live, "spec": {**leases.live["spec"], "holderIdentity": "thief"}})
    with pytest.raises(LostLease, match="held by thief"):
        await holder.hold()


async def test_a_lease_that_another_touched_but_did_not_take_is_kept(time: Time) -> None:
    leases = Leases()
    holder = candidate(leases, time, "a")
    await holder.acquire()
    assert leases.live is not None
    leases._store({**leases.live, "metadata": {**leases.live["metadata"], "labels": {"by": "someone"}}})
    hold = asyncio.create_task(holder.hold())
    touched = leases.live["spec"]["renewTime"]
    for _ in range(20):
        await asyncio.sleep(0)
    assert not hold.done()
    assert leases.live["spec"]["renewTime"] != touched
    hold.cancel()


async def test_a_conflict_is_no_renewal(time: Time) -> None:
    """A standby counts from the last write that it saw, so only a write counts for the holder too."""
    leases = Leases()
    holder = candidate(leases, time, "a")
    await holder.acquire()
    start = time.now
    replace = leases.replace

    async def contended(obj: dict[str, Any]) -> dict[str, Any]:
        assert leases.live is not None
        leases._store(leases.live)
        return await replace(obj)

    leases.replace = contended  # type: ignore[method-assign]
    with pytest.raises(LostLease, match="no renewal"):
        await holder.hold()
    assert time.now - start < TIMES.duration


def test_a_duration_is_rounded_up_for_the_others(time: Time) -> None:
    times = LeaseTimes(duration=0.9, renew_deadline=0.5, retry=0.1)
    written = Lease(Leases(), "ns", "a", times=times)._written({"metadata": {}}, "a")  # type: ignore[arg-type]
    assert written["spec"]["leaseDurationSeconds"] == 1


async def test_an_unreachable_server_is_waited_for(time: Time) -> None:
    leases = Leases()
    leases.broken = True
    taking = asyncio.create_task(candidate(leases, time, "a").acquire())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not taking.done()
    leases.broken = False
    await taking
    assert leases.holder == "a"


def test_times_that_let_two_lead_are_refused() -> None:
    with pytest.raises(ValueError, match="duration > renew deadline"):
        LeaseTimes(duration=10, renew_deadline=10, retry=2)
