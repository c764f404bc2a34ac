"""Mechanisms that look again and again: what goes wrong is counted and logged, and what was known stays."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from otel_agent.receivers.prometheus.discovery.groups import Discover, DiscoveryError, Publish, TargetGroup
from otel_agent.telemetry.instruments import Counter

Look = Callable[[], Awaitable[Sequence[TargetGroup] | None]]
"""Returns all groups, None for no change; `DiscoveryError` when it cannot tell."""


def refreshing(look: Look, interval: float, logger: logging.Logger, failures: Counter) -> Discover:
    """Return a mechanism that publishes what `look` returns every `interval` seconds."""

    async def discover(publish: Publish) -> None:
        failing = ""
        while True:
            try:
                groups = await look()
            except DiscoveryError as error:
                failures.add()
                if str(error) != failing:  # a server that is down is told of once
                    logger.warning("Targets cannot be discovered, those known before stay", extra={"error": str(error)})
                failing = str(error)
            else:
                failing = ""
                if groups is not None:
                    publish(groups)
            await asyncio.sleep(interval)

    return discover
