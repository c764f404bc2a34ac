import asyncio

from otel_agent.receivers.otlp.crew import Crew


async def turns() -> None:
    """Let the event loop go round as often as a hundred jobs may need."""
    for _ in range(300):
        await asyncio.sleep(0)


async def test_jobs_that_do_not_wait_are_handled_in_order_by_few_tasks() -> None:
    seen: list[tuple[int, asyncio.Task[None] | None]] = []

    async def handle(job: int) -> None:
        seen.append((job, asyncio.current_task()))

    crew = Crew(handle)
    crew.give(range(100))
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

    crew = Crew(handle)
    crew.give(range(50))
    crew.give(range(50, 100))
    await turns()
    assert done == list(range(0, 100, 2))
    gate.set()
    await turns()
    assert sorted(done) == list(range(100))
    crew.give([100])
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

    crew = Crew(handle)
    crew.give([1, 2])
    await turns()
    await crew.dismiss()
    assert sorted(cancelled) == [1, 2]
