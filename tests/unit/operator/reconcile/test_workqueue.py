import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_operator.reconcile.pacing import Backoff, TokenBucket
from otel_operator.reconcile.workqueue import ShutDown, WorkQueue


async def test_a_key_waits_in_the_queue_only_once() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for _ in range(5):
        queue.add("a")
    assert len(queue) == 1
    assert queue.adds == 1


async def test_a_key_added_while_it_is_worked_on_comes_once_more_and_not_before() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    key = await queue.get()
    queue.add("a")
    queue.add("a")
    assert len(queue) == 0
    queue.done(key)
    assert await queue.get() == "a"
    queue.done("a")
    assert len(queue) == 0


async def test_keys_come_in_order() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for key in "cab":
        queue.add(key)
    assert [await queue.get() for _ in range(3)] == ["c", "a", "b"]


async def test_a_waiting_worker_gets_what_is_added() -> None:
    queue: WorkQueue[str] = WorkQueue()
    worker = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.add("a")
    assert await worker == "a"


async def test_a_cancelled_worker_does_not_take_the_wake_up_with_it() -> None:
    queue: WorkQueue[str] = WorkQueue()
    first, second = asyncio.create_task(queue.get()), asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.add("a")
    first.cancel()
    assert await asyncio.wait_for(second, 1) == "a"


async def test_the_earliest_of_several_delays_counts() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("a", 60)
    queue.add_after("a", 0.01)
    queue.add_after("a", 30)
    assert await asyncio.wait_for(queue.get(), 1) == "a"


async def test_failed_keys_come_back_later_and_are_counted() -> None:
    queue: WorkQueue[str] = WorkQueue(backoff=Backoff(first=0.01, longest=0.02))
    queue.add_rate_limited("a")
    assert len(queue) == 0
    assert await asyncio.wait_for(queue.get(), 1) == "a"
    assert queue.retries == 1


async def test_closing_ends_every_worker() -> None:
    queue: WorkQueue[str] = WorkQueue()
    workers = [asyncio.create_task(queue.get()) for _ in range(3)]
    await asyncio.sleep(0)
    queue.close()
    results = await asyncio.gather(*workers, return_exceptions=True)
    assert all(isinstance(result, ShutDown) for result in results)
    queue.add("a")
    assert len(queue) == 0


def test_backoff_doubles_to_its_bound_and_starts_over() -> None:
    backoff: Backoff[str] = Backoff(first=0.5, longest=300)
    assert [backoff.next("a") for _ in range(4)] == [0.5, 1.0, 2.0, 4.0]
    for _ in range(100):
        last = backoff.next("a")
    assert last == 300
    backoff.forget("a")
    assert backoff.next("a") == 0.5
    assert backoff.failures("b") == 0


def test_the_bucket_lets_a_burst_pass_and_then_paces() -> None:
    now = 0.0
    bucket = TokenBucket(rate=10, burst=3, clock=lambda: now)
    assert [bucket.reserve() for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])
    now = 10.0
    assert bucket.reserve() == 0


@given(st.lists(st.tuples(st.sampled_from(["add", "get", "done"]), st.integers(0, 3)), max_size=60))
def test_no_key_is_lost_and_none_is_worked_on_twice_at_a_time(steps: list[tuple[str, int]]) -> None:
    """Model: keys that need work, and keys being worked on."""

    async def play() -> None:
        queue: WorkQueue[int] = WorkQueue()
        wanted: set[int] = set()
        working: set[int] = set()
        for step, key in steps:
            if step == "add":
                queue.add(key)
                wanted.add(key)
            elif step == "get" and len(queue):
                got = await queue.get()
                assert got not in working
                working.add(got)
                wanted.discard(got)
            elif step == "done" and key in working:
                working.discard(key)
                queue.done(key)
        for key in list(working):
            queue.done(key)
        assert {await queue.get() for _ in range(len(queue))} == wanted

    asyncio.run(play())
