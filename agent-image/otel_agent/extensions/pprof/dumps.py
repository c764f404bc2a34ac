"""What the collector is doing and holding at this moment, as text."""

import asyncio
import gc
import linecache
import sys
import threading
import traceback
import tracemalloc

from otel_agent.telemetry.process import rss_bytes

MAX_TASKS = 1_000
MAX_ALLOCATIONS = 100


def threads_and_tasks() -> str:
    """Stacks of all threads, innermost frame last, and where each asyncio task waits (the first `MAX_TASKS`)."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = [
        f"thread {ident} [{names.get(ident, 'unknown')}]:\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in sys._current_frames().items()
    ]
    tasks = list(asyncio.all_tasks())
    for task in tasks[:MAX_TASKS]:
        frames = task.get_stack(limit=16)
        lines = "".join(f"  {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}\n" for frame in frames)
        parts.append(f"task [{task.get_name()}]:\n{lines}")
    if len(tasks) > MAX_TASKS:
        parts.append(f"and {len(tasks) - MAX_TASKS} more tasks")
    linecache.clearcache()
    return "\n".join(parts)


async def allocations(seconds: float) -> str:
    """Trace allocations for a time and list the lines that hold most of what was allocated in it and is still there.

    Memory allocated before is in the totals only: Python does not know where it came from. Slows the collector meanwhile.
    """
    before = rss_bytes()
    tracemalloc.start()
    try:
        await asyncio.sleep(seconds)
        held, peak = tracemalloc.get_traced_memory()
        snapshot = await asyncio.to_thread(tracemalloc.take_snapshot)
    finally:
        tracemalloc.stop()
    statistics = (await asyncio.to_thread(snapshot.statistics, "lineno"))[:MAX_ALLOCATIONS]
    head = [
        f"rss: {rss_bytes()} bytes, {rss_bytes() - before:+d} in {seconds:g} s",
        f"allocated in this time and still held: {held} bytes, at most {peak}",
        f"objects known to the garbage collector: {len(gc.get_objects())}",
        "",
    ]
    lines = [f"{entry.size:>12} bytes {entry.count:>8} blocks  {entry.traceback}" for entry in statistics]
    return "\n".join([*head, *lines, ""])
