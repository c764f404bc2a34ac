"""`otelcol`: runs the collector until it is told to stop."""

import asyncio
from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING

from otel_agent.cli.loading import load_config
from otel_agent.config.document import Config
from otel_agent.config.file_watch import WatchedFiles
from otel_agent.config.providers import read_file
from otel_agent.workers.cpus import default_workers

if TYPE_CHECKING:
    from otel_agent.pipeline.engine import Processes

Loop = type[asyncio.AbstractEventLoop] | None


def run(options: Namespace) -> int:
    """Load the configuration, run, and return the exit code."""
    files = WatchedFiles(read_file)
    config = load_config(options, files)
    files.commit()
    # Only now, so that a configuration with mistakes is refused before the engine is imported.
    from otel_agent.pipeline.service import run as serve

    loop = _loop_factory()
    notices: list[str] = []
    processes = _workers(config, options.workers or default_workers(), loop, notices)
    with asyncio.Runner(loop_factory=loop) as runner:
        load = partial(load_config, options, files)
        watch_seconds = options.config_watch_interval
        return runner.run(
            serve(load, config=config, files=files, watch_seconds=watch_seconds, processes=processes, notices=notices)
        )


def _workers(config: Config, number: int, loop: Loop, notices: list[str]) -> "Processes | None":
    """Fork where several workers are wanted and can share the work; None to run here."""
    if number == 1:
        return None
    from otel_agent.workers.launch import fork, why_one_process

    reason = why_one_process(config)
    processes = fork(config, number, loop) if reason is None else None
    if processes is None:
        reason = reason or "a component begins threads as soon as it is made"
        notices.append(f"{number} workers cannot share this configuration, one process runs it: {reason}")
    return processes


def _loop_factory() -> Loop:
    """Return the faster event loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop  # type: ignore[no-any-return]
