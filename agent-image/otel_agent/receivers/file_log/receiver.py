"""The file_log receiver: polls in a thread, hands batches to the pipeline, and saves positions when they have been taken."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from otel_agent.config.blocks.exporter_queue import RetryConfig
from otel_agent.config.component import ComponentKind
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import ConsumeError, PermanentError
from otel_agent.pipeline.prompt import prompt
from otel_agent.pipeline.sending.backoff import Backoff
from otel_agent.pipeline.storage import Operation, StorageClient, StorageError, open_storage
from otel_agent.receivers.file_log.config import FileLogConfig, RetryOnFailureConfig
from otel_agent.receivers.file_log.tailer import Batch, Tailer
from otel_agent.receivers.file_log.tracked import Position, restored

T = TypeVar("T")
MakeTailer = Callable[[list[Position]], Tailer]
"""Makes the tailer, given the positions of an earlier run."""
_STORAGE_LOG_INTERVAL = 60.0


class FileLogReceiver:
    """One instance; it follows files from `start` to `shutdown`."""

    overlaps = False

    def __init__(self, config: FileLogConfig, context: BuildContext, make_tailer: MakeTailer) -> None:
        self._config = config
        self._id = context.id
        self._logger = context.logger
        self._make_tailer = make_tailer
        consumer = context.consumers[Signal.LOGS]
        self._consume = consumer.consume
        self._consume_now = prompt(consumer)
        self._metrics = context.metrics.receiver(context.id, "", Signal.LOGS)
        self._observe = context.metrics.observe
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._storage: StorageClient | None = None
        self._unsaved = StorageTrouble(context.logger)

    async def start(self, host: Host) -> None:
        """Open the storage and begin; `StartError` when the storage cannot be opened. Files need not be there yet."""
        positions: list[Position] = []
        if self._config.storage is not None:
            self._storage = await open_storage(host, self._config.storage, ComponentKind.RECEIVER, self._id, "")
            positions = await self._restore(self._storage)
        tailer = self._make_tailer(positions)
        labels = {"receiver": str(self._id)}
        self._observe("fileconsumer_open_files", "Number of open files", labels, lambda: float(len(tailer.handles)), unit="1")
        self._observe("fileconsumer_reading_files", "Number of files being read", labels, lambda: float(tailer.reading), unit="1")
        self._stopping.clear()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="file_log")
        self._task = asyncio.get_running_loop().create_task(self._run(tailer), name=f"{self._id}-poll")

    async def shutdown(self) -> None:
        """Finish the batch that is under way and stop. Idempotent."""
        self._stopping.set()
        task, self._task = self._task, None
        if task is not None:
            await task
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown()
        storage, self._storage = self._storage, None
        if storage is not None:
            await storage.close()

    async def _restore(self, storage: StorageClient) -> list[Position]:
        positions = []
        for key in storage.keys():  # noqa: SIM118 -- a storage is no dict
            data = await storage.get(key)
            try:
                positions.append(restored(key, data or b""))
            except (ValueError, TypeError):
                self._logger.error("Forgetting an unreadable file position", extra={"key": key})
                await storage.delete(key)
        return positions

    async def _run(self, tailer: Tailer) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._poll(tailer)
            except Exception:
                # The edge of a task that nobody waits for: the next poll may well succeed, and other receivers go on.
                self._logger.exception("A poll failed")
            rest = self._config.poll_interval - (time.monotonic() - began)
            try:
                async with asyncio.timeout(max(rest, 0.0)):
                    await self._stopping.wait()
            except TimeoutError:
                continue
        last = await self._in_thread(lambda: tailer.finish(drain=self._storage is None))
        if last is not None and last.telemetry is not None:
            await self._offer(last.telemetry)

    async def _poll(self, tailer: Tailer) -> None:
        batch = await self._in_thread(tailer.begin_poll)
        while batch is not None:
            if not await self._deliver(batch):
                return
            if self._stopping.is_set():
                return
            batch = await self._in_thread(tailer.next_batch)

    async def _deliver(self, batch: Batch) -> bool:
        """Hand a batch on and save the positions; False when the receiver stops before it was taken."""
        if batch.telemetry is not None and not await self._hand_on(batch.telemetry):
            return False
        if self._storage is not None and batch.operations:
            await self._save(self._storage, batch.operations)
        return True

    async def _hand_on(self, telemetry: Telemetry) -> bool:
        """Return once it was taken or given up; False when the receiver stops while it still retries."""
        retry = self._config.retry_on_failure
        error = await self._offer(telemetry)
        if error is None:
            return True
        backoff = Backoff(_backoff_config(retry))
        began = time.monotonic()
        while error is not None:
            wait = None
            if retry.enabled and not isinstance(error, PermanentError):
                wait = backoff.next_wait(time.monotonic() - began, error.retry_after)
            if wait is None:
                self._logger.error(
                    "ConsumeLogs() failed, the records are lost"
                    + ("" if retry.enabled else "; retry_on_failure would keep them"),
                    extra={"error": str(error), "dropped_items": telemetry.items},
                )
                return True
            telemetry = error.failed or telemetry
            try:
                async with asyncio.timeout(wait):
                    await self._stopping.wait()
            except TimeoutError:
                error = await self._offer(telemetry)
            else:
                return False
        return True

    async def _offer(self, telemetry: Telemetry) -> ConsumeError | None:
        """Try once; returns what the pipeline answered when it refused."""
        try:
            if not self._consume_now(telemetry):
                await self._consume(telemetry)
        except ConsumeError as error:
            self._metrics.refuse(telemetry.items)
            return error
        except BaseException:
            self._metrics.fail(telemetry.items)
            raise
        self._metrics.accept(telemetry.items)
        return None

    async def _save(self, storage: StorageClient, operations: list[Operation]) -> None:
        try:
            await storage.batch(operations)
        except StorageError as error:
            self._unsaved.report(error)

    async def _in_thread(self, function: Callable[[], T]) -> T:
        assert self._thread is not None
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)


class StorageTrouble:
    """Reports that positions could not be saved, once a minute."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._next = float("-inf")

    def report(self, error: StorageError) -> None:
        """Log, unless that was done a moment ago."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _STORAGE_LOG_INTERVAL
            self._logger.error(
                "Failed to save file positions: records may come twice after a restart", extra={"error": str(error)}
            )


def _backoff_config(retry: RetryOnFailureConfig) -> RetryConfig:
    # Both have been checked, and a Duration field takes configuration text only.
    return RetryConfig.model_construct(
        initial_interval=retry.initial_interval,
        max_interval=max(retry.max_interval, retry.initial_interval),
        max_elapsed_time=max(retry.max_elapsed_time, retry.max_interval, retry.initial_interval)
        if retry.max_elapsed_time
        else 0.0,
    )
