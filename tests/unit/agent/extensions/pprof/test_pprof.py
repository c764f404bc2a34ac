import asyncio
import gzip
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.extensions.pprof.config import PprofConfig
from otel_agent.extensions.pprof.factory import create
from otel_agent.extensions.pprof.formats import _profile_class, collapsed, pprof
from otel_agent.extensions.pprof.sampler import MAX_STACKS, Profile, Sampler, stack_of
from otel_agent.pipeline.errors import StartError


def burn_cpu(end: threading.Event) -> None:
    while not end.is_set():
        sum(range(1000))


@pytest.fixture
async def base(make_context: Any, host: Any) -> AsyncIterator[str]:
    config = PprofConfig(endpoint="127.0.0.1:0")
    extension: Any = create(config, make_context(ComponentKind.EXTENSION, "pprof", None))
    await extension.start(host)
    yield f"http://127.0.0.1:{extension.port}/debug/pprof/"
    await extension.shutdown()
    await extension.shutdown()


@pytest.fixture
def busy() -> Any:
    end = threading.Event()
    thread = threading.Thread(target=burn_cpu, args=(end,))
    thread.start()
    yield
    end.set()
    thread.join()


async def fetch(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.read()


async def test_a_profile_shows_who_used_the_cpu(base: str, busy: Any) -> None:
    status, body = await fetch(f"{base}profile?seconds=0.4")
    profile = _profile_class().FromString(gzip.decompress(body))
    texts = profile.string_table
    functions = {function.id: texts[function.name] for function in profile.function}
    of = {location.id: functions[location.line[0].function_id] for location in profile.location}
    spent = sum(
        sample.value[1] for sample in profile.sample if any("burn_cpu" in of[location] for location in sample.location_id)
    )
    assert status == 200
    assert [(texts[kind.type], texts[kind.unit]) for kind in profile.sample_type] == [
        ("samples", "count"),
        ("cpu", "nanoseconds"),
    ]
    assert spent > 50_000_000


async def test_collapsed_stacks_begin_with_the_outermost_frame(base: str, busy: Any) -> None:
    _, body = await fetch(f"{base}profile?seconds=0.3&format=collapsed")
    (line, *_) = [line for line in body.decode().splitlines() if "burn_cpu" in line]
    stack, _, value = line.rpartition(" ")
    assert "_bootstrap" in stack.split(";")[0]
    assert int(value) > 0


async def test_one_profile_at_a_time(base: str) -> None:
    first = asyncio.create_task(fetch(f"{base}profile?seconds=0.5"))
    await asyncio.sleep(0.1)
    assert (await fetch(f"{base}heap?seconds=0.1"))[0] == 409
    assert (await first)[0] == 200
    assert (await fetch(f"{base}heap?seconds=0.1"))[0] == 200


@pytest.mark.parametrize("query", ["seconds=0", "seconds=121", "seconds=nan", "seconds=long", "seconds=1&format=svg"])
async def test_what_is_out_of_bounds_is_refused(base: str, query: str) -> None:
    assert (await fetch(f"{base}profile?{query}"))[0] == 400


async def test_the_heap_summary_names_the_line_that_holds_memory(base: str) -> None:
    request = asyncio.create_task(fetch(f"{base}heap?seconds=0.3"))
    held = []
    while not request.done():
        held.append(bytes(10_000))
        await asyncio.sleep(0.001)
    _, body = await request
    assert "test_pprof.py" in body.decode()


async def test_the_dump_shows_threads_and_tasks(base: str) -> None:
    waiting = asyncio.create_task(asyncio.Event().wait(), name="waits-for-ever")
    _, body = await fetch(f"{base}goroutine")
    waiting.cancel()
    assert "[MainThread]" in body.decode()
    assert "task [waits-for-ever]" in body.decode()


async def test_a_profile_of_the_whole_run_is_written_at_the_end(make_context: Any, host: Any, tmp_path: Path, busy: Any) -> None:
    path = tmp_path / "run.pb.gz"
    config = PprofConfig(endpoint="127.0.0.1:0", save_to_file=str(path), mutex_profile_fraction=1)
    extension: Any = create(config, make_context(ComponentKind.EXTENSION, "pprof", None))
    await extension.start(host)
    await asyncio.sleep(0.2)
    await extension.shutdown()
    assert _profile_class().FromString(gzip.decompress(path.read_bytes())).sample


async def test_a_file_that_cannot_be_written_fails_the_start(make_context: Any, host: Any) -> None:
    config = PprofConfig(endpoint="127.0.0.1:0", save_to_file="/nowhere/run.pb.gz")
    with pytest.raises(StartError, match="save_to_file"):
        await create(config, make_context(ComponentKind.EXTENSION, "pprof", None)).start(host)


def test_stacks_beyond_the_bound_count_as_other() -> None:
    profile = Profile()
    code = burn_cpu.__code__
    for line in range(MAX_STACKS + 2):
        profile.add(((code, line),), 1000)
    assert len(profile.stacks) == MAX_STACKS
    assert profile.other.samples == 2
    assert collapsed(profile).endswith("other 2\n")
    assert len(_profile_class().FromString(gzip.decompress(pprof(profile))).sample) == MAX_STACKS + 1


def test_an_idle_thread_is_not_in_a_profile_of_cpu_time() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert thread.ident is not None
    clock = time.pthread_getcpuclockid(thread.ident)
    used = -1.0
    while used != (used := time.clock_gettime(clock)):  # until it waits: a busy machine takes a while to begin a thread
        time.sleep(0.05)
    sampler = Sampler()
    sampler.start()
    time.sleep(0.1)
    profile = sampler.stop()
    end.set()
    thread.join()
    waiting = [stack for stack in profile.stacks if any(code is threading.Event.wait.__code__ for code, _ in stack)]
    assert waiting == []
    assert stack_of(None) == ()
