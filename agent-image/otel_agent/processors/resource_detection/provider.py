"""Runs the detectors side by side, keeps what they find, and shares it among the pipelines of one processor id."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from random import Random

from otel_agent.processors.resource_detection.detector import Detector, Found

_FIRST_PAUSE = 1.0
_MOST_PAUSE = 30.0

Wanted = Callable[[str, str], bool]
"""Whether an attribute of a detector is reported: by the detector's name and the attribute's."""


class ResourceProvider:
    """Start it with `acquire`, for each pipeline; the first one detects, the last `release` ends the refreshing."""

    def __init__(
        self,
        detectors: Mapping[str, Detector],
        wanted: Wanted,
        *,
        timeout: float,
        refresh_interval: float,
        logger: logging.Logger,
        pause: float = _FIRST_PAUSE,
    ) -> None:
        self._detectors = detectors
        self._wanted = wanted
        self._timeout = timeout
        self._refresh_interval = refresh_interval
        self._logger = logger
        self._pause = pause
        self._random = Random()  # noqa: S311 -- spreads retries, keeps no secret
        self._users = 0
        self._first: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self.found: Found = {}
        self.on_change: list[Callable[[], None]] = []
        """Called when another resource has been found."""

    async def acquire(self) -> None:
        """Wait until the detectors have ended or their time is up; what failed is logged."""
        self._users += 1
        if self._first is None:
            self._first = asyncio.get_running_loop().create_task(self._detect(), name="resource-detection")
            if self._refresh_interval:
                self._refreshing = asyncio.get_running_loop().create_task(self._refresh(), name="resource-refresh")
        await asyncio.shield(self._first)

    async def release(self) -> None:
        """End with the last user."""
        self._users -= 1
        if self._users == 0:
            tasks = [task for task in (self._first, self._refreshing) if task is not None]
            self._first = self._refreshing = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(self._refresh_interval)
            await self._detect()

    async def _detect(self) -> None:
        self._logger.info("began detecting resource information")
        tasks = {
            name: asyncio.get_running_loop().create_task(self._try(name, detector)) for name, detector in self._detectors.items()
        }
        try:
            _, late = await asyncio.wait(tasks.values(), timeout=self._timeout)
        except asyncio.CancelledError:
            late = set(tasks.values())
            raise
        finally:
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        merged: Found = {}
        failed = []
        for name, task in tasks.items():
            found = None if task.cancelled() else task.result()
            if found is None:
                failed.append(name)
                continue
            for key, value in found.items():
                if self._wanted(name, key):
                    merged.setdefault(key, value)
        if failed:
            self._logger.warning(
                "Resource detection is incomplete", extra={"detectors": failed, "timeout": f"{self._timeout:g}s"}
            )
            if self.found:
                return  # what was found before is better than half of it
        self._logger.info("detected resource information", extra={"resource": merged})
        if merged != self.found:
            self.found = merged
            for changed in self.on_change:
                changed()

    async def _try(self, name: str, detector: Detector) -> Found:
        pause = self._pause
        while True:
            try:
                return await detector.detect()
            except Exception as error:  # noqa: BLE001 -- edge: whatever a service answers, it must not keep the pipeline from starting
                reason = str(error) or type(error).__name__
                self._logger.warning("failed to detect resource", extra={"detector": name, "error": reason})
            await asyncio.sleep(pause * (0.5 + self._random.random()))
            pause = min(2 * pause, _MOST_PAUSE)
