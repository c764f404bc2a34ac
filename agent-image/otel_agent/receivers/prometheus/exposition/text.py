"""Reads the text formats: Prometheus 0.0.4 and 1.0.0, OpenMetrics 0.0.1 and 1.0.

A line of a series that is known costs a look-up and a conversion: everything up to the value is the key. Whatever does not
fit that (new series, comments, timestamps, exemplars, odd spacing) takes the long way, which is where the formats differ.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError, SampleLimitError
from otel_agent.receivers.prometheus.otlp.catalog import Catalog
from otel_agent.receivers.prometheus.otlp.series import Exemplar, Extra, Role, Series

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_SAMPLE = re.compile(rf'[ \t]*([a-zA-Z_:][a-zA-Z0-9_:]*)?[ \t]*(\{{(?:[^"}}]|{_QUOTED})*+\}})?[ \t]*', re.ASCII)
_LABEL = re.compile(rf"[ \t]*(?:([a-zA-Z_][a-zA-Z0-9_]*)|({_QUOTED}))[ \t]*(?:=[ \t]*({_QUOTED}))?[ \t]*(,|$)", re.ASCII)
_COMMENT = re.compile(rf"#[ \t]+(HELP|TYPE|UNIT)[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*|{_QUOTED})(?:[ \t]+(.*))?", re.ASCII | re.DOTALL)
_ESCAPE = re.compile(r'\\([\\"n])')
_TYPES = frozenset(("counter", "gauge", "histogram", "summary", "untyped"))
_OPEN_METRICS_TYPES = frozenset(
    ("unknown", "counter", "gauge", "histogram", "summary", "gaugehistogram", "stateset", "info"),
)
_EOF = "# EOF"
_MAX_SHOWN = 80
_LONGEST_TIME = 2**63 // 1_000_000


@dataclass(slots=True)
class Reading:
    """What one scrape brought: series with their values set, in the order of the exposition."""

    epoch: int
    """Number of the scrape, above that of all before it."""
    sample_limit: int = 0
    series: list[Series] = field(default_factory=list)
    stale: list[Series] = field(default_factory=list)
    """Series that the target itself declares gone."""
    duplicates: int = 0


def read_text(text: str, catalog: Catalog, reading: Reading, *, open_metrics: bool, honor_timestamps: bool = True) -> None:
    """Read a whole exposition into `reading`; `ExpositionError` when it is malformed or breaks a limit."""
    get, epoch = catalog.known.get, reading.epoch
    append = reading.series.append
    slow = _LongWay(catalog, reading, open_metrics=open_metrics, honor_timestamps=honor_timestamps)
    lines = text.split("\n")
    if open_metrics:
        _check_end(lines)
    for line in lines:
        key, _, value = line.rpartition(" ")
        series = get(key)
        if series is None or series.epoch == epoch:
            if line:
                slow.read(line)
            continue
        try:
            series.value = float(value)
        except ValueError:
            raise ExpositionError(f'expected a number as the value of "{key[:_MAX_SHOWN]}", got "{value[:_MAX_SHOWN]}"') from None
        series.epoch = epoch
        series.extra = None
        append(series)
    catalog.comments = slow.comments
    check_sample_limit(reading)


def check_sample_limit(reading: Reading) -> None:
    """Refuse a scrape with too many samples after relabelling."""
    limit = reading.sample_limit
    if limit and len(reading.series) > limit and sum(1 for series in reading.series if series.role is not Role.DROPPED) > limit:
        raise SampleLimitError(f"sample limit exceeded: more than {limit} samples (sample_limit)")


def _check_end(lines: list[str]) -> None:
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines.pop() != _EOF:
        raise ExpositionError("data does not end with # EOF")


class _LongWay:
    """Reads the lines that are more than a known series and a value."""

    def __init__(self, catalog: Catalog, reading: Reading, *, open_metrics: bool, honor_timestamps: bool) -> None:
        self.comments: set[str] = set()
        self._catalog = catalog
        self._reading = reading
        self._open_metrics = open_metrics
        self._honor_timestamps = honor_timestamps

    def read(self, line: str) -> None:
        text = line.lstrip(" \t")
        if text.startswith("#"):
            self._comment(text)
        elif text:
            self._sample(line)

    def _comment(self, line: str) -> None:
        if line == _EOF and self._open_metrics:
            raise ExpositionError("unexpected data after # EOF")
        self.comments.add(line)
        if line in self._catalog.comments:
            return
        found = _COMMENT.fullmatch(line)
        if found is None:
            return
        what, name, value = found[1], found[2], found[3] or ""
        name = _unquoted(name) if name[0] == '"' else name
        if what == "HELP":
            self._catalog.describe(name, help_=_ESCAPE.sub(_unescaped, value))
        elif what == "UNIT":
            if self._open_metrics:
                self._catalog.describe(name, unit=value.strip())
        else:
            self._type(name, value.strip())

    def _type(self, name: str, value: str) -> None:
        if value not in (_OPEN_METRICS_TYPES if self._open_metrics else _TYPES):
            raise ExpositionError(f'invalid metric type "{value[:_MAX_SHOWN]}" of "{name[:_MAX_SHOWN]}"')
        self._catalog.describe(name, type_="unknown" if value == "untyped" else value)

    def _sample(self, line: str) -> None:
        found = _SAMPLE.match(line)
        assert found is not None
        name, labels = found[1] or "", found[2] or ""
        if not name and not labels:
            raise ExpositionError(f'expected a metric name at the start of "{line[:_MAX_SHOWN]}"')
        rest = line[found.end() :]
        exemplar: Exemplar | None = None
        if self._open_metrics:
            rest, mark, behind = rest.partition(" # ")
            exemplar = _exemplar(behind) if mark else None
        parts = rest.split()
        if not 1 <= len(parts) <= 2:
            raise ExpositionError(f'expected a value and perhaps a timestamp after "{line[: found.end()][:_MAX_SHOWN]}"')
        value = _number(parts[0])
        timestamp = self._timestamp(parts[1]) if len(parts) == 2 else None
        key = name + labels
        series = self._catalog.known.get(key)
        if series is None:
            series = self._new(key, name, labels)
        if series.epoch == self._reading.epoch:
            self._reading.duplicates += 1
            return
        series.value = value
        series.epoch = self._reading.epoch
        if not self._honor_timestamps:
            timestamp = None
        if timestamp is None and exemplar is None:
            series.extra = None
        else:
            series.extra = Extra(timestamp, None, (exemplar,) if exemplar is not None else ())
        self._reading.series.append(series)
        if len(self._reading.series) % 1024 == 0:  # before much is made of what will be refused
            check_sample_limit(self._reading)

    def _new(self, key: str, name: str, labels: str) -> Series:
        pairs: list[tuple[str, str]] = []
        for label, value in _labels(labels):
            if value is None:
                if name:
                    raise ExpositionError(f'expected a value for label "{label[:_MAX_SHOWN]}" of "{name[:_MAX_SHOWN]}"')
                name = label
            else:
                pairs.append((label, value))
        if not name:
            raise ExpositionError(f'no metric name in "{labels[:_MAX_SHOWN]}"')
        return self._catalog.add(key, name, pairs)

    def _timestamp(self, text: str) -> int:
        """Milliseconds: what text formats have, while OpenMetrics has seconds."""
        try:
            time = math.floor(float(text) * 1000) if self._open_metrics else int(text)
        except (ValueError, OverflowError):
            raise ExpositionError(f'expected a timestamp, got "{text[:_MAX_SHOWN]}"') from None
        if abs(time) > _LONGEST_TIME:
            raise ExpositionError(f'timestamp out of range: "{text[:_MAX_SHOWN]}"')
        return time


def _labels(text: str) -> Iterator[tuple[str, str | None]]:
    """Go through the labels between braces; a quoted name without a value is the name of the metric."""
    inner = text[1:-1].rstrip(" \t")
    position = 0
    while position < len(inner):
        found = _LABEL.match(inner, position)
        if found is None or (found[1] is not None and found[3] is None):
            raise ExpositionError(f'malformed labels at "{inner[position : position + _MAX_SHOWN]}"')
        name = found[1] if found[1] is not None else _unquoted(found[2])
        yield name, _unquoted(found[3]) if found[3] is not None else None
        position = found.end()


def _exemplar(text: str) -> Exemplar:
    found = _SAMPLE.match(text)
    assert found is not None
    parts = text[found.end() :].split()
    if found[1] is not None or found[2] is None or not 1 <= len(parts) <= 2:
        raise ExpositionError(f'malformed exemplar "{text[:_MAX_SHOWN]}"')
    pairs: list[tuple[str, str]] = []
    for name, value in _labels(found[2]):
        if value is None:
            raise ExpositionError(f'malformed exemplar "{text[:_MAX_SHOWN]}"')
        pairs.append((name, value))
    time = math.floor(_number(parts[1]) * 1000) if len(parts) == 2 and math.isfinite(_number(parts[1])) else None
    return Exemplar(tuple(pairs), _number(parts[0]), time)


def _number(text: str) -> float:
    try:
        if "_" in text:  # which Python would read as a separator of digits
            raise ValueError
        return float(text)
    except ValueError:
        raise ExpositionError(f'expected a number, got "{text[:_MAX_SHOWN]}"') from None


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    return _ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]
