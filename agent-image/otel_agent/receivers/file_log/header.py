"""Reads the header lines of files: what they tell becomes attributes of all records that follow."""

from typing import Any

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.receivers.file_log.config import HeaderConfig
from otel_agent.receivers.file_log.tracked import Position
from otel_agent.stanza.chain import build_chain
from otel_agent.stanza.context import OperatorContext
from otel_agent.stanza.entry import Entry, Value


class HeaderReader:
    """Takes lines that fit the pattern, until one does not. ValueError for a configuration that cannot work."""

    def __init__(self, config: HeaderConfig, context: OperatorContext) -> None:
        self._pattern: Any = compile_pattern(config.pattern)
        self._chain = build_chain(config.metadata_operators, context)
        if self._chain.holds:
            raise ValueError("header: metadata_operators cannot have operators that keep entries, such as recombine")

    def take(self, line: Value, position: Position) -> bool:
        """Whether the line belongs to the header; what it tells is then with the position."""
        text = line if isinstance(line, str) else bytes(line).decode(errors="replace")
        if self._pattern.search(text) is None:
            return False
        for entry in self._chain.process([Entry(text, {}, 0)]):
            position.header_attributes |= entry.attributes
        position.changed = True
        return True
