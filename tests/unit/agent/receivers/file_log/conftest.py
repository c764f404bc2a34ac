"""Follows real files step by step, or with a running receiver."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.storage import Put
from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.receivers.file_log.emitting import Emitter
from otel_agent.receivers.file_log.factory import create
from otel_agent.receivers.file_log.header import HeaderReader
from otel_agent.receivers.file_log.reading import BlockReader
from otel_agent.receivers.file_log.receiver import FileLogReceiver
from otel_agent.receivers.file_log.splitting import make_splitter
from otel_agent.receivers.file_log.tailer import Clocks, Tailer
from otel_agent.receivers.file_log.tracked import restored
from otel_agent.receivers.file_log.troubles import Troubles
from otel_agent.stanza.chain import build_chain
from otel_agent.stanza.context import OperatorContext
from otel_agent.telemetry.instruments import Counter


def records_of(telemetry: Telemetry) -> list[Any]:
    """The log records of a request."""
    return [
        record
        for resource in parse(Signal.LOGS, telemetry.data).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]


class Follower:
    """A tailer whose clock stands still until it is told otherwise, and that can be restarted as after a crash."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.config = FileLogConfig.model_validate({"include": [f"{folder}/*.log"], "start_at": "beginning", **settings})
        self.now = 1000.0
        self.stored: dict[str, bytes] = {}
        self.errors, self.oversized, self.binary = Counter(), Counter(), Counter()
        self.logger = logging.getLogger("test.file_log")
        self.start()

    def start(self) -> None:
        """Begin anew with what was stored."""
        operators = OperatorContext(self.logger, lambda _: self.errors)
        config = self.config
        chain = build_chain(config.operators, operators) if config.operators else None
        header = HeaderReader(config.header, operators) if config.header else None
        emitter = Emitter(config, chain, header)
        reader = BlockReader(config, make_splitter(config), self.oversized, positions=emitter.wants_positions)
        positions = [restored(key, data) for key, data in self.stored.items()]
        clocks = Clocks(monotonic=lambda: self.now)
        troubles = Troubles(self.logger, self.errors, self.binary)
        self.tailer = Tailer(config, emitter, reader, troubles, self.logger, positions, clocks)

    def poll(self, *, save: bool = True) -> list[Any]:
        """Poll once; returns the records. Without `save` it is as if the pipeline had not taken them."""
        found: list[Any] = []
        batch = self.tailer.begin_poll()
        while batch is not None:
            if batch.telemetry is not None:
                found += records_of(batch.telemetry)
            for operation in batch.operations if save else []:
                if isinstance(operation, Put):
                    self.stored[operation.key] = operation.value
                else:
                    self.stored.pop(operation.key, None)
            batch = self.tailer.next_batch()
        return found

    def bodies(self, *, save: bool = True) -> list[str]:
        """Poll once; returns the bodies."""
        return [record.body.string_value for record in self.poll(save=save)]

    def crash(self) -> None:
        """Restart without a word to the old one, but for its handles."""
        self.tailer.handles.close_all()
        self.start()

    def write(self, name: str, text: str | bytes) -> Path:
        """Append to a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path


@pytest.fixture
def follow(tmp_path: Path) -> Any:
    made: list[Follower] = []

    def make(**settings: Any) -> Follower:
        made.append(Follower(tmp_path / "logs", settings))
        (tmp_path / "logs").mkdir(exist_ok=True)
        return made[-1]

    yield make
    for follower in made:
        follower.tailer.handles.close_all()


Running = Callable[..., AbstractAsyncContextManager[FileLogReceiver]]


@pytest.fixture
def running(tmp_path: Path, make_context: Any, sink: Any, host: Any) -> Running:
    """Run a receiver that follows the `*.log` of a folder."""

    @asynccontextmanager
    async def run(consumer: Any = None, **settings: Any) -> AsyncIterator[FileLogReceiver]:
        config = FileLogConfig.model_validate(
            {"include": [f"{tmp_path}/*.log"], "start_at": "beginning", "poll_interval": "5ms", **settings}
        )
        context = make_context(ComponentKind.RECEIVER, "file_log", None)
        context.consumers[Signal.LOGS] = consumer or sink
        receiver = create(config, context)
        assert isinstance(receiver, FileLogReceiver)
        await receiver.start(host)
        try:
            yield receiver
        finally:
            await receiver.shutdown()

    return run
