"""What is compared: a configuration of processors, and requests for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from google.protobuf.message import Message

from tests.differential.comparing import Difference, Identity
from tests.interop.arrivals import Signal


def nothing_known(_: Difference) -> str | None:
    """Know no difference."""
    return None


@dataclass(frozen=True, slots=True)
class Suite:
    """Both collectors get the processors, in one pipeline of the signal, and each request that `generate` makes."""

    name: str
    signal: Signal
    processors: Mapping[str, Any]
    """Configuration by component id, in the order of the pipeline. A literal `$` is written `$$`."""
    generate: Callable[[Random], Message]
    """Makes an OTLP export request; the same generator gives the same one."""
    known: Callable[[Difference], str | None] = nothing_known
    """Returns the reason of a difference that is listed in a README, None for any other."""
    explain: Callable[[Difference], str] = lambda difference: ""
    """Returns what of the configuration a difference is about, for the reader of a failure."""
    identity: Identity | None = None
    """Names items, so that they are compared by name where some are dropped; else they are compared by place."""

    @property
    def component_types(self) -> set[str]:
        """The types of the processors."""
        return {identifier.partition("/")[0] for identifier in self.processors}
