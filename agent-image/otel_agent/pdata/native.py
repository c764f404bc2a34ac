"""Finds the native build of the kernel (`agent-image/native`), and says at start when the portable one does its work."""

import logging
import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from otel_agent.pdata.program import Condition, EditProgram, FilterProgram, Step

VARIABLE = "OTELCOL_NATIVE"
"""Environment variable; `0` or `false` chooses the portable functions although native ones are installed."""

_MODULE = "otel_agent._native"
_PORTABLE = "otel_agent.pdata.portable"


class NativePrograms(Protocol):
    """Makes programs of descriptions that have been checked."""

    def edits(self, signal: str, level: str, steps: Sequence[Step], /) -> EditProgram:
        """As `otel_agent.pdata.editing.compile_edits`."""

    def filter(self, signal: str, level: str, condition: Condition, /) -> FilterProgram:
        """As `otel_agent.pdata.editing.compile_filter`."""


class NativeKernel(Protocol):
    """Functions of the extension; the portable ones of the same names say what they do."""

    Program: NativePrograms

    def check(self, signal: str, data: bytes, /) -> int:
        """As `otel_agent.pdata.validate.check`."""

    def count(self, signal: str, data: bytes, /) -> int:
        """As `otel_agent.pdata.count.count`."""

    def split(self, signal: str, data: bytes, limit: int, /) -> list[tuple[bytes, int]]:
        """As `otel_agent.pdata.split.split`."""

    def largest_header(self, signal: str, data: bytes, /) -> int:
        """As `otel_agent.pdata.split.largest_header`."""

    def group_by_trace(self, data: bytes, /) -> list[tuple[bytes, bytes, int]]:
        """As `otel_agent.pdata.traces.group_by_trace`."""

    def shard_by_trace(self, signal: str, data: bytes, shards: int, /) -> list[tuple[bytes, int]]:
        """As `otel_agent.pdata.traces.shard_by_trace`."""

    def summarize_traces(self, data: bytes, /) -> list[tuple[bytes, int, int, int, bool, bool]]:
        """As `otel_agent.pdata.traces.summarize_traces`, the fields of TraceSummary in order."""

    def search(self, pattern: str, text: str, /) -> tuple[int, int] | None:
        """Where a pattern of the RE2 dialect is first found, in bytes; for tests. ValueError for what is no pattern."""


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment leaves the native functions on."""
    return environment.get(VARIABLE, "1").strip().lower() not in ("0", "false")


def installed() -> NativeKernel | None:
    """Return the extension's functions, or None where it was not built or does not load on this machine."""
    try:
        return cast(NativeKernel, import_module(_MODULE).kernel)
    except (ImportError, AttributeError):  # AttributeError: a file left by an older build
        return None


def choose(environment: Mapping[str, str] = os.environ) -> NativeKernel | None:
    """Return the native functions when they are there and wanted."""
    return installed() if wanted(environment) else None


def portable() -> NativeKernel:
    """Load the portable functions; those that only programs and tests need are not among them."""
    return cast(NativeKernel, import_module(_PORTABLE))


def announce(logger: logging.Logger, chosen: NativeKernel | None, environment: Mapping[str, str] = os.environ) -> None:
    """Log one line when the portable functions are in use; called once at start."""
    if chosen is not None:
        return
    if wanted(environment):
        logger.warning(
            "The native extension is not installed; telemetry is checked and edited by slower, portable code. "
            "Install the package again where a Rust toolchain is present"
        )
    else:
        logger.info(
            "Native operations on telemetry are turned off by OTELCOL_NATIVE, the portable ones are used",
            extra={"variable": VARIABLE},
        )
