"""An engine with components that tests control."""

import asyncio
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from otel_agent.config.component import ComponentId, ComponentInfo, ComponentKind
from otel_agent.config.document import Config, decode
from otel_agent.config.model import ConfigModel
from otel_agent.config.registry import Registry
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host

SIGNALS = {"traces": "beta", "metrics": "beta", "logs": "beta"}
MODULE = "otel_agent_test_components"


class ProbeConfig(ConfigModel):
    """`fail` names the step that fails, `slow` a shutdown that takes its time; `asks` is an extension it needs."""

    fail: str = ""
    asks: str = ""
    overlaps: bool = True


class Journal(list[str]):
    """Steps in order, that a test can wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()

    def append(self, step: str) -> None:
        super().append(step)
        self._changed.set()

    async def until(self, step: str, times: int = 1) -> None:
        async with asyncio.timeout(5):
            while self.count(step) < times:
                self._changed.clear()
                await self._changed.wait()


class Probe:
    """A component of any kind; writes its steps to a journal and passes on what it gets."""

    running: dict[str, "Probe"]

    def __init__(self, config: ProbeConfig, context: BuildContext, journal: Journal) -> None:
        if config.fail == "create":
            raise ValueError("cannot be made")
        self.config, self.context, self._journal = config, context, journal
        self.name = f"{context.id}{f'@{context.pipeline or context.signal}' if context.signal else ''}"
        self.received: list[Telemetry] = []
        self.host: Host | None = None
        self.overlaps = config.overlaps
        self.replaces_with: Telemetry | None = None

    async def start(self, host: Host) -> None:
        self.host = host
        if self.config.fail == "start":
            raise OSError("port taken")
        if self.config.asks:
            host.extension(ComponentId(self.config.asks))
        self.running[self.name] = self
        self._journal.append(f"start {self.name}")

    async def shutdown(self) -> None:
        self._journal.append(f"stop {self.name}")
        if self.config.fail == "stop":
            raise RuntimeError("stuck")
        if self.config.fail == "hang":
            await asyncio.Event().wait()
        if self.config.fail == "slow":
            await asyncio.sleep(0.4)
            self._journal.append(f"stopped {self.name}")

    async def consume(self, telemetry: Telemetry) -> None:
        self.received.append(telemetry)
        for consumer in self.context.consumers.values():
            await consumer.consume(self.replaces_with or telemetry)


class Watcher(Probe):
    """An extension that is told about the pipelines."""

    def pipelines_ready(self) -> None:
        self._journal.append("ready")

    def pipelines_not_ready(self) -> None:
        self._journal.append("not ready")


class Engine:
    """Test components `r`, `p`, `e`, `c` (connector), `x` (extension), and the real ones, in one registry."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.made: dict[str, Probe] = {}
        self.running: dict[str, Probe] = {}
        """The last of each name that was started: a swap makes some only to try the configuration."""
        pairs = {"traces_to_traces": "beta", "traces_to_metrics": "beta"}
        real = Registry.installed()
        self.registry = Registry(
            [
                ComponentInfo(ComponentKind.RECEIVER, "r", SIGNALS, f"{MODULE}:ProbeConfig", f"{MODULE}:create"),
                ComponentInfo(ComponentKind.PROCESSOR, "p", SIGNALS, f"{MODULE}:ProbeConfig", f"{MODULE}:create"),
                ComponentInfo(ComponentKind.EXPORTER, "e", SIGNALS, f"{MODULE}:ProbeConfig", f"{MODULE}:create"),
                ComponentInfo(ComponentKind.CONNECTOR, "c", pairs, f"{MODULE}:ProbeConfig", f"{MODULE}:create"),
                ComponentInfo(ComponentKind.EXTENSION, "x", {"extension": "beta"}, f"{MODULE}:ProbeConfig", f"{MODULE}:create"),
                real.info(ComponentKind.PROCESSOR, "batch"),
                real.info(ComponentKind.PROCESSOR, "memory_limiter"),
                real.info(ComponentKind.EXPORTER, "file"),
                real.info(ComponentKind.EXTENSION, "health_check"),
            ]
        )

    def create(self, config: ProbeConfig, context: BuildContext) -> Probe:
        kind = Watcher if context.kind is ComponentKind.EXTENSION else Probe
        probe = kind(config, context, self.journal)
        probe.running = self.running
        self.made[probe.name] = probe
        return probe

    def config(self, pipelines: dict[str, Any], **sections: Any) -> Config:
        """Decode pipelines given as `{"traces": "r > p batch > e"}`; components not in `sections` get no settings."""
        specs = {}
        parts: dict[str, dict[str, Any]] = {"receivers": {}, "processors": {}, "exporters": {}, "connectors": {}}
        for name, text in pipelines.items():
            lists = dict(zip(("receivers", "processors", "exporters"), (part.split() for part in text.split(">")), strict=True))
            specs[name] = lists
            for role, ids in lists.items():
                for component in ids:
                    parts["connectors" if component[0] == "c" else role].setdefault(component, None)
        extensions = sections.pop("extensions", {})
        telemetry = sections.pop("telemetry", {"metrics": {"level": "none"}})
        for role, configs in sections.items():
            parts[role].update(configs)
        raw = {
            **{role: configs for role, configs in parts.items() if configs},
            "extensions": extensions,
            "service": {"pipelines": specs, "extensions": list(extensions), "telemetry": telemetry},
        }
        return decode(raw, self.registry)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    module: Any = ModuleType(MODULE)
    module.ProbeConfig, module.create = ProbeConfig, made.create
    monkeypatch.setitem(__import__("sys").modules, MODULE, module)
    return made


@pytest.fixture
def component_id() -> Callable[..., ComponentId]:
    return ComponentId
