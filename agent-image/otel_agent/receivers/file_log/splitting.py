"""Cuts what was read of a file into records: at line ends, or where a pattern says. Pure.

A splitter gets bytes that begin where a record begins, and returns the records that are complete with the number of bytes used
up. What is left is given again, with what follows it.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.receivers.file_log.config import WITHOUT_DECODING, FileLogConfig, MultilineConfig, codec_of
from otel_agent.stanza.wire import WHITESPACE


@dataclass(slots=True)
class Cut:
    """What a splitter found. `ends` has the end of each record in the input, its separator included."""

    records: list[bytes]
    ends: list[int] | None
    """None when nobody asked for positions."""
    used: int


class Splitter(Protocol):
    """See the module."""

    def split(self, data: bytes, *, flush: bool, positions: bool) -> Cut:
        """Cut; `flush` takes what is left as a record, too."""
        ...


class LineSplitter:
    """Lines of encodings in which a line end is one byte."""

    def split(self, data: bytes, *, flush: bool, positions: bool) -> Cut:
        """Cut at newlines."""
        if flush:
            used = len(data)
            lines = data.split(b"\n")
            if not lines[-1]:
                lines.pop()
        else:
            used = data.rfind(b"\n") + 1
            if not used:
                return Cut([], [] if positions else None, 0)
            lines = data[: used - 1].split(b"\n")
        return Cut(lines, _line_ends(lines, used) if positions else None, used)


def _line_ends(lines: list[bytes], used: int) -> list[int]:
    ends, position = [], 0
    for line in lines:
        position = min(position + len(line) + 1, used)
        ends.append(position)
    return ends


class StartSplitter:
    """Records that begin where a pattern matches. What is before the first match is a record of its own."""

    def __init__(self, pattern: Any, *, omit: bool) -> None:
        self._finditer = pattern.finditer
        self._omit = omit

    def split(self, data: bytes, *, flush: bool, positions: bool) -> Cut:
        """Cut before each match but the first."""
        matches = [(match.start(), match.end()) for match in self._finditer(data)]
        starts = [start for start, _ in matches]
        borders = [0, *(start for start in starts if start > 0)]
        if flush and data:
            borders.append(len(data))
        heads = dict(matches) if self._omit else {}
        records = [data[heads.get(begin, begin) : end] for begin, end in itertools.pairwise(borders)]
        return Cut(records, borders[1:], borders[-1])


class EndSplitter:
    """Records that end where a pattern matches."""

    def __init__(self, pattern: Any, *, omit: bool) -> None:
        self._finditer = pattern.finditer
        self._omit = omit

    def split(self, data: bytes, *, flush: bool, positions: bool) -> Cut:
        """Cut behind each match; one at the very end of the data may go on, and counts only when flushing."""
        records, ends, begin = [], [], 0
        for match in self._finditer(data):
            end = match.end()
            if end <= begin or (end == len(data) and not flush and not data.endswith(b"\n")):
                continue
            records.append(data[begin : match.start() if self._omit else end])
            ends.append(end)
            begin = end
        if flush and begin < len(data):
            records.append(data[begin:])
            ends.append(len(data))
            begin = len(data)
        return Cut(records, ends, begin)


class WholeSplitter:
    """No records at all: what is there is one."""

    def split(self, data: bytes, *, flush: bool, positions: bool) -> Cut:
        """Take everything."""
        return Cut([data] if data else [], [len(data)] if data else [], len(data))


class DecodingSplitter:
    """Any encoding: decodes, cuts as UTF-8, and translates the positions back."""

    def __init__(self, codec: str, width: int, splitter: Splitter) -> None:
        self._codec = codec
        self._width = width
        self._splitter = splitter

    def split(self, data: bytes, *, flush: bool, positions: bool) -> Cut:
        """Cut; records are UTF-8."""
        whole = data[: len(data) - len(data) % self._width]
        text = whole.decode(self._codec, "surrogatepass")
        inner = text.encode("utf-8", "surrogatepass")
        cut = self._splitter.split(inner, flush=flush, positions=positions)
        used = self._length(inner[: cut.used])
        ends = [self._length(inner[:end]) for end in cut.ends] if positions and cut.ends is not None else None
        if flush and cut.used == len(inner):
            used = len(data)
        return Cut(cut.records, ends, used)

    def _length(self, data: bytes) -> int:
        return len(data.decode("utf-8", "surrogatepass").encode(self._codec, "surrogatepass"))


Trim = Callable[[bytes], bytes]


def make_splitter(config: FileLogConfig) -> Splitter:
    """Return the splitter for a configuration; ValueError for a pattern that is none."""
    if config.encoding == "nop":
        return WholeSplitter()
    inner = _inner_splitter(config.multiline)
    if config.encoding in WITHOUT_DECODING:
        return inner
    codec = codec_of(config.encoding)
    width = 2 if codec.startswith("utf-16") else 4 if codec.startswith("utf-32") else 1
    return DecodingSplitter(codec, width, inner) if width > 1 else inner


def _inner_splitter(multiline: MultilineConfig) -> Splitter:
    if multiline.line_start_pattern:
        return StartSplitter(_pattern(multiline.line_start_pattern), omit=multiline.omit_pattern)
    if multiline.line_end_pattern:
        return EndSplitter(_pattern(multiline.line_end_pattern), omit=multiline.omit_pattern)
    return LineSplitter()


def _pattern(expression: str) -> Any:
    """`^` and `$` match at lines; the pattern sees bytes, as files may hold anything."""
    compile_pattern(f"(?m){expression}")
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(f"(?m){expression}".encode(), options)


def make_trim(config: FileLogConfig) -> Trim | None:
    """Return what takes white space off a record; None when it stays."""
    if config.encoding == "nop" or (config.preserve_leading_whitespaces and config.preserve_trailing_whitespaces):
        return None
    if config.preserve_leading_whitespaces:
        return lambda record: record.rstrip(WHITESPACE)
    if config.preserve_trailing_whitespaces:
        return lambda record: record.lstrip(WHITESPACE)
    return lambda record: record.strip(WHITESPACE)


def make_decode(config: FileLogConfig) -> Callable[[bytes], str | bytes]:
    """Return what turns a trimmed record into a body. What is no text in the encoding becomes U+FFFD."""
    if config.encoding == "nop":
        return lambda record: record
    codec = "utf-8" if config.encoding == "utf-8-raw" else codec_of(config.encoding)
    if codec.startswith(("utf-16", "utf-32")):
        codec = "utf-8"
    return lambda record: record.decode(codec, "replace")
