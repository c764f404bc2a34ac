"""Decides whether the native extension (`agent-image/native`) is used, all of it or nothing, and says so once at start.

Everything that has a native half asks here: the kernel of operations on request bytes, the OTLP receiver's front end, the
exporter's gRPC client.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, cast

from otel_agent.pdata.judging import Judge, Test
from otel_agent.pdata.program import Condition, EditProgram, FilterProgram, Path, Step

VARIABLE = "OTELCOL_NATIVE"
"""Environment variable; `0` or `false` chooses the portable code although the extension is installed."""

_MODULE = "otel_agent._native"
_PORTABLE = "otel_agent.pdata.portable"


class NativePrograms(Protocol):
    """Makes programs of descriptions that have been checked."""

    def edits(self, signal: str, level: str, steps: Sequence[Step], condition: Condition | None = None, /) -> EditProgram:
        """As `otel_agent.pdata.editing.compile_edits`."""

    def filter(self, signal: str, level: str, condition: Condition, /) -> FilterProgram:
        """As `otel_agent.pdata.editing.compile_filter`."""


class NativeColumns(Protocol):
    """Takes values out of the messages of a level, one by one, and puts into the request what becomes of them."""

    def edit(
        self,
        data: bytes,
        holders: Sequence[tuple[object, str]],
        begin: Callable[[tuple[Any, ...]], None],
        run: Callable[[dict[str, Any]], dict[str, Any]],
        /,
    ) -> bytes:
        """Return the changed request, `data` itself if nothing changed.

        `begin` gets the values of resource and scope, once for each scope. For each message, the attributes that the holders name
        get its fields, in their order, and `run` gets its attributes, in a dict of its own, and returns those that it is to have.
        Whatever is the same object after `run` as before has not changed.
        """


class NativePattern(Protocol):
    """A regular expression of the RE2 dialect."""

    def is_in(self, text: str, /) -> bool:
        """Whether it is found in a text."""

    def groups(self, text: str, /) -> list[str | None] | None:
        """Return what the groups found at the first match, the match itself first; None without a match."""

    def replace(self, text: str, replacement: str, /) -> str | None:
        """Return the text with all matches replaced, `$1` and `${name}` standing for groups; None without a match."""

    def replace_in(self, values: dict[str, Any], replacement: str, /) -> dict[str, str]:
        """As `replace`, for the texts among the values; returns those with a match."""


class NativeTable(Protocol):
    """A table of traces; `otel_agent.pdata.native_trace_table` gives names to what it returns."""

    TRACE_BYTES: int
    FRAGMENT_BYTES: int

    def __len__(self) -> int:
        """As `TraceTable.__len__`."""

    @property
    def pending(self) -> int:
        """As `TraceTable.pending`."""

    @property
    def memory(self) -> int:
        """As `TraceTable.memory`."""

    def take(
        self, data: bytes, now: float, due: int, root_due: int | None, /
    ) -> tuple[int, int, int, list[tuple[float, int]], list[tuple[int, bool, float, bytes, int]]]:
        """As `TraceTable.take`."""

    def draw(
        self, tick: int, most: int, now: float, oldest: int, /, *, apart: bool, requests: bool
    ) -> tuple[list[tuple[bytes, int, int, int, list[bytes], str]], int]:
        """As `TraceTable.draw`."""

    def settle(
        self, policies: Sequence[int], now: float, spans: int, size: int, /, *, apart: bool
    ) -> tuple[list[tuple[int, bytes, int]], list[tuple[float, int]]]:
        """As `TraceTable.settle`."""

    def drop_pending(self) -> int:
        """As `TraceTable.drop_pending`."""

    def clear(self) -> None:
        """As `TraceTable.clear`."""


class NativeKernel(Protocol):
    """Functions of the extension; the portable ones of the same names say what they do."""

    Program: NativePrograms
    Columns: Callable[[str, str, Sequence[Path], Sequence[str] | None, Sequence[Path], Sequence[int]], NativeColumns]
    """Of a signal and a level, "span" and below: paths of resource and scope, of which `(level, "attributes")` is all attributes;
    keys of the level's attributes, None for all; fields of the level and of the span or metric around it; which of those are
    assigned."""
    Pattern: Callable[[str], NativePattern]
    """ValueError for what is no pattern."""
    TraceTable: Callable[[Judge, int, int, int, bool, int, int], NativeTable]
    """Of a native judge and limits: traces, memory, bytes of a trace, whether it evicts, sizes of both caches."""

    def Judge(self, tests: Sequence[Test], /) -> Judge:
        """As `otel_agent.pdata.judges.compile_judge`."""

    def check(self, signal: str, data: bytes, /) -> int:
        """As `otel_agent.pdata.validate.check`."""

    def count(self, signal: str, data: bytes, /) -> int:
        """As `otel_agent.pdata.count.count`."""

    def split(self, signal: str, data: bytes, limit: int, /) -> list[tuple[bytes, int]]:
        """As `otel_agent.pdata.split.split`."""

    def split_by_bytes(self, signal: str, data: bytes, limit: int, /) -> list[tuple[bytes, int]]:
        """As `otel_agent.pdata.split.split_by_bytes`, in one pass, with parts as full as they can be."""

    def largest_header(self, signal: str, data: bytes, /) -> int:
        """As `otel_agent.pdata.split.largest_header`."""

    def number_points(
        self, data: bytes, /
    ) -> tuple[int, bool, list[tuple[bytes, int, int, int | float, int, Sequence[bytes] | None]]]:
        """As `otel_agent.pdata.points.number_points`."""

    def group_by_trace(self, data: bytes, /) -> list[tuple[bytes, bytes, int]]:
        """As `otel_agent.pdata.traces.group_by_trace`."""

    def route_by_trace(self, signal: str, data: bytes, table: bytes, stray: int, /) -> list[tuple[int, bytes, int]]:
        """As `otel_agent.pdata.traces.route_by_trace`."""

    def shard_by_trace(self, signal: str, data: bytes, shards: int, /) -> list[tuple[bytes, int]]:
        """As `otel_agent.pdata.traces.shard_by_trace`."""

    def summarize_traces(self, data: bytes, /) -> list[tuple[bytes, int, int, int, bool, bool]]:
        """As `otel_agent.pdata.traces.summarize_traces`, the fields of TraceSummary in order."""

    def search(self, pattern: str, text: str, /) -> tuple[int, int] | None:
        """Where a pattern of the RE2 dialect is first found, in bytes; for tests. ValueError for what is no pattern."""

    def read_attributes(self, message: bytes, number: int, /) -> dict[str, Any]:
        """Return the attributes of an encoded message, by the number of their field; of several with one key the first."""

    def encode_attributes(self, attributes: dict[str, Any], number: int, /) -> bytes:
        """Return the encoded field with these attributes."""

    def truncated(self, values: dict[str, Any], limit: int, utf8_safe: bool, /) -> dict[str, str]:
        """Return the texts among the values that have more bytes than `limit`, cut; see `truncate_all`."""


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment leaves the extension on."""
    return environment.get(VARIABLE, "1").strip().lower() not in ("0", "false")


@cache
def _load() -> ModuleType | None:
    try:
        module = import_module(_MODULE)
    except ImportError:
        return None
    return module if hasattr(module, "kernel") else None  # without: a file left by an older build


def extension(environment: Mapping[str, str] = os.environ) -> ModuleType | None:
    """Return the extension when it is wanted and loads on this machine."""
    return _load() if wanted(environment) else None


def installed() -> NativeKernel | None:
    """Return the kernel, wanted or not, or None where the extension was not built or does not load on this machine."""
    module = _load()
    return cast(NativeKernel, module.kernel) if module is not None else None


def choose(environment: Mapping[str, str] = os.environ) -> NativeKernel | None:
    """Return the kernel when it is there and wanted."""
    return installed() if wanted(environment) else None


def portable() -> NativeKernel:
    """Load the portable functions; those that only programs and tests need are not among them."""
    return cast(NativeKernel, import_module(_PORTABLE))


def announce(logger: logging.Logger, chosen: NativeKernel | None, environment: Mapping[str, str] = os.environ) -> None:
    """Log one line when portable code does the work; called once at start."""
    if chosen is not None:
        return
    if wanted(environment):
        logger.warning(
            "The native extension is not installed; telemetry is received, checked and edited by slower, portable code. "
            "Install the package again where a Rust toolchain is present"
        )
    else:
        logger.info(
            "The native extension is turned off by OTELCOL_NATIVE; telemetry is received, checked and edited by portable code",
            extra={"variable": VARIABLE},
        )
