"""The native half of this package, where the extension is built and wanted: the same as the portable functions, faster."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast

from otel_agent.pdata import native
from otel_agent.stanza.entry import Entry, Value


class NamedGroups(Protocol):
    """A compiled regular expression."""

    def find(self, text: str, /) -> dict[str, Value] | None:
        """Return the named groups where it is first found; None when it is not."""


class NativeStanza(Protocol):
    """Functions of the extension."""

    def text_records(self, lines: list[bytes], rest: bytes, leading: bool, trailing: bool, /) -> tuple[bytes, int]:
        """As `otel_agent.stanza.wire.text_records`."""

    def log_records(self, entries: Sequence[Entry], /) -> bytes:
        """As `otel_agent.stanza.wire.log_records`."""

    def NamedGroups(self, expression: str, /) -> NamedGroups:
        """Compile an expression of the RE2 dialect; ValueError for what is none."""


@cache
def stanza() -> NativeStanza | None:
    """Return the functions; None where the portable ones do the work."""
    module = native.extension()
    return cast(NativeStanza, module.stanza) if module is not None and hasattr(module, "stanza") else None
