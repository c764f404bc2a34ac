"""What is measured: each row of the table as data, with the bar it has to reach."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Signal = Literal["traces", "metrics", "logs"]
Protocol = Literal["grpc", "http"]
PROTOCOLS: tuple[Protocol, ...] = ("grpc", "http")
SIGNALS: tuple[Signal, ...] = ("traces", "metrics", "logs")


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent, and how; the collector sends it on by the same protocol with the same compression.

    `attributes` is the number on each item; `rate` counts requests a second over all connections, 0 is flat out; `processing`
    names what is done with the items on their way (`tests.benchmarks.collector.processing`). It is measured `stretch` times as
    long as the others, where a few seconds at a low rate are too little CPU time; that changes figures, see the README.
    """

    protocol: Protocol
    signal: Signal = "traces"
    items: int = 512
    attributes: int = 10
    gzip: bool = False
    connections: int = 4
    rate: float = 0
    processing: str = ""
    stretch: int = 1

    @property
    def key(self) -> str:
        """Name of the row, as `--only` takes it."""
        parts = [self.protocol, self.signal, str(self.items)]
        parts += ["gzip"] if self.gzip else []
        parts += [f"{self.attributes}attributes"] if self.attributes != 10 else []
        parts += [f"{self.connections}connections"] if self.connections != 4 else []
        parts += [self.processing] if self.processing else []
        return "-".join(parts)


@dataclass(frozen=True, slots=True)
class Source:
    """A load that is not OTLP alone, by its name (`tests.benchmarks.collector.sources`); it comes at its own pace."""

    key: str
    rate: float = 1


@dataclass(frozen=True, slots=True)
class Bar:
    """The least ratio ours/Go of items per CPU-second, and the largest of memory; None where nothing is asked."""

    speed: float | None = None
    memory: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Rows that are not `asked` for by the project's bars are run by `--full` only."""

    load: Load | Source
    bar: Bar = Bar()
    asked: bool = True

    @property
    def key(self) -> str:
        return self.load.key


_PROCESSED = {"attributes": Bar(3), "filter": Bar(3), "transform": Bar(2), "transform-functions": Bar(0.7)}
_PLAIN, _PACKED, _SMALL, _SINGLE, _CROWD = Bar(4, 0.5), Bar(6, 0.5), Bar(2, 0.5), Bar(1.5), Bar(2, 0.6)
_TAIL = Bar(4, 0.4)
_SOURCES = {
    **{f"filelog-{way}": Bar(1.5) for way in ("plain", "json", "regex", "annotated")},
    "scrape-10000": Bar(1),
    "guide": Bar(3),
}

ASKED: tuple[Row, ...] = (
    *(Row(Load(protocol, signal), _PLAIN) for signal in SIGNALS for protocol in PROTOCOLS),
    *(Row(Load(protocol, signal, gzip=True), _PACKED) for signal in SIGNALS for protocol in PROTOCOLS),
    *(Row(Load(protocol, items=10), _SMALL) for protocol in PROTOCOLS),
    *(Row(Load(protocol, items=1), _SINGLE) for protocol in PROTOCOLS),
    *(Row(Load(protocol, items=10, connections=2000, rate=1000), _CROWD) for protocol in PROTOCOLS),
    *(Row(Load("grpc", processing=name), bar) for name, bar in _PROCESSED.items()),
    # At a fixed rate: what is kept in memory grows with it, and ours would take in several times as much.
    Row(Load("grpc", rate=100, processing="tail_sampling", stretch=4), _TAIL),
    *(Row(Source(name), bar) for name, bar in _SOURCES.items()),
)


def _series() -> list[Row]:
    """Return cost against number of attributes, size of requests and number of connections: one dimension at a time."""
    base = [Load(protocol) for protocol in PROTOCOLS]
    loads = [replace(load, attributes=count) for count in (0, 50) for load in base]
    loads += [replace(load, items=count) for count in (100, 2048, 8192) for load in base]
    loads += [replace(load, items=10, connections=count) for count in (1, 16, 128, 512) for load in base]
    return [Row(load, asked=False) for load in loads]


EXTRA: tuple[Row, ...] = tuple(_series())
IDLE = "idle"
WORKERS = "workers"
KEYS: tuple[str, ...] = (*(row.key for row in (*ASKED, *EXTRA)), IDLE, WORKERS)


@dataclass(frozen=True, slots=True)
class Selection:
    """What one run of the command does."""

    rows: tuple[Row, ...]
    idle: bool
    workers: bool


def select(only: Sequence[str], *, full: bool) -> Selection:
    """Choose by shell patterns; without any, all that is asked for, and the series when `full`.

    Raises ValueError naming a pattern that fits nothing.
    """
    if lost := [pattern for pattern in only if not fnmatch.filter(KEYS, pattern)]:
        raise ValueError(f"no row is called {', '.join(lost)}; rows: {', '.join(KEYS)}")
    if not only:
        return Selection((*ASKED, *EXTRA) if full else ASKED, idle=True, workers=True)
    chosen = {key for pattern in only for key in fnmatch.filter(KEYS, pattern)}
    rows = tuple(row for row in (*ASKED, *EXTRA) if row.key in chosen)
    return Selection(rows, IDLE in chosen, WORKERS in chosen)
