"""`otelcol`: runs the collector until it is told to stop."""

import asyncio
from argparse import Namespace
from functools import partial

from otel_agent.cli.loading import load_config
from otel_agent.config.file_watch import WatchedFiles
from otel_agent.config.providers import read_file


def run(options: Namespace) -> int:
    """Load the configuration, run, and return the exit code."""
    files = WatchedFiles(read_file)
    config = load_config(options, files)
    files.commit()
    # Only now, so that a configuration with mistakes is refused before the engine is imported.
    from otel_agent.pipeline.service import run as serve

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        load = partial(load_config, options, files)
        return runner.run(serve(load, config=config, files=files, watch_seconds=options.config_watch_interval))


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """Return the faster event loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop  # type: ignore[no-any-return]
