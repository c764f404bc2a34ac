"""`otelcol`: runs the collector until it is told to stop."""

import asyncio
from argparse import Namespace
from functools import partial

from otel_agent.cli.loading import load_config


def run(options: Namespace) -> int:
    """Load the configuration, run, and return the exit code."""
    config = load_config(options)
    # Only now, so that a configuration with mistakes is refused before the engine is imported.
    from otel_agent.pipeline.service import run as serve

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(serve(partial(load_config, options), config=config))


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """Return the faster event loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop  # type: ignore[no-any-return]
