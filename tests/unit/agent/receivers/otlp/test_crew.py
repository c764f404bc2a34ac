import asyncio
from collections.abc import Iterable

from otel_agent.receivers.otlp.crew import Crew


def keyed(jobs: Iterable[int]) -> list[tuple[str, int]]:
    return [(f"job {job}", job) for job in jobs]


def never(job: int) -> None:
    raise AssertionError(f"job {job} was left")


async def turns() -> None:
    """Let the event loop go round as often as a hundred jobs may need."""
    for _ in range(300):
        await asyncio.sleep(0)


async def test_jobs_that_do_not_wait_are_handled_in_order_by_few_tasks() -> None:
    seen: list[tuple[int, asyncio.Task[None] | None]] = []

    async def handle(job: int) -> None:
        seen.append((job, asyncio.current_task()))

    crew = Crew(handle, never)
    crew.give(keyed(range(100)))
    await turns()
    assert [job for job, _ in seen] == list(range(100))
    assert len({task for _, task in seen}) <= 2
    await crew.dismiss()


async def test_a_job_that_waits_keeps_no_other_waiting() -> None:
    gate, done = asyncio.Event(), []

    async def handle(job: int) -> None:
        if job % 2:
            await gate.wait()
        done.append(job)

    crew = Crew(handle, never)
    crew.give(keyed(range(50)))
    crew.give(keyed(range(50, 100)))
    await turns()
    assert done == list(range(0, 100, 2))
    gate.set()
    await turns()
    assert sorted(done) == list(range(100))
    crew.give(keyed([100]))
    await turns()
    assert done[-1] == 100
    await crew.dismiss()


async def test_dismissing_cancels_what_still_waits() -> None:
    cancelled = []

    async def handle(job: int) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(job)
            raise

    crew = Crew(handle, never)
    crew.give(keyed([1, 2]))
    await turns()
    await crew.dismiss()
    assert sorted(cancelled) == [1, 2]


async def test_cancelling_a_job_ends_it_alone_and_the_crew_goes_on() -> None:
    ended: list[tuple[int, str]] = []
    gate = asyncio.Event()

    async def handle(job: int) -> None:
        try:
            await gate.wait()
            ended.append((job, "done"))
        except asyncio.CancelledError:
            ended.append((job, "cancelled"))
            raise

    crew = Crew(handle, never)
    crew.give(keyed([1, 2, 3]))
    await turns()
    crew.cancel("job 2")
    await turns()
    gate.set()
    await turns()
    crew.give(keyed([4]))
    await turns()
    assert ended == [(2, "cancelled"), (1, "done"), (3, "done"), (4, "done")]
    crew.cancel("job 4")  # which has ended
    crew.give(keyed([5]))
    await turns()
    assert ended[-1] == (5, "done")
    await crew.dismiss()


async def test_a_job_that_is_cancelled_before_it_began_is_left() -> None:
    handled: list[int] = []
    left: list[int] = []

    async def handle(job: int) -> None:
        handled.append(job)

    crew = Crew(handle, left.append)
    crew.give(keyed([1, 2, 3]))
    crew.cancel("job 2")
    await turns()
    assert (handled, left) == ([1, 3], [2])
    await crew.dismiss()
