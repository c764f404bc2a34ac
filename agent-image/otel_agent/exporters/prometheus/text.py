"""Families in the text formats: Prometheus' own, and OpenMetrics 1.0.0, which has exemplars."""

import math
from collections.abc import Iterator
from functools import lru_cache

from otel_agent.exporters.prometheus.exemplars import ShownExemplar
from otel_agent.exporters.prometheus.families import Family
from otel_agent.exporters.prometheus.formats import Choice, Format
from otel_agent.exporters.prometheus.series import (
    ExponentialSeries,
    HistogramSeries,
    NumberSeries,
    Series,
    SummarySeries,
)
from otel_agent.prometheus.labels import escape, labels_of, labels_text
from otel_agent.prometheus.names import MetricType, escaped_label, escaped_name, is_legacy_name
from otel_agent.prometheus.number_text import bound_text, number_text

_SLICE = 1000
"""Series between two chances for others to run."""
_TOTAL = "_total"
_SECOND = 1_000_000_000
_MILLISECOND = 1_000_000


class TextWriter:
    """Writes families in one of the text formats."""

    def __init__(self, choice: Choice, *, legacy_names: bool, timestamps: bool, created: bool) -> None:
        """`legacy_names` says that names have no characters to escape anyway; `created` is for OpenMetrics only."""
        self._openmetrics = choice.format is Format.OPENMETRICS
        self._escapes = not legacy_names and not choice.utf8
        self._timestamps = timestamps
        self._created = created and self._openmetrics

    def write(self, families: list[Family]) -> Iterator[bytes]:
        """Yield the answer in pieces; between two of them others may run."""
        for family in families:
            lines = self._header(family)
            for number, series in enumerate(list(family.series.values()), start=1):
                if series.family is not None:
                    self._write_series(lines, family, series)
                if number % _SLICE == 0:
                    yield _joined(lines)
                    lines = []
            yield _joined(lines)
        if self._openmetrics:
            yield b"# EOF\n"

    def _header(self, family: Family) -> list[str]:
        name, kind = self._name(family.name), str(family.kind)
        text = family.help.replace("\\", "\\\\").replace("\n", "\\n")
        if self._openmetrics:
            text = text.replace('"', '\\"')
            if family.kind is MetricType.COUNTER:
                # A counter there has to end with _total; what does not is of unknown type, as Go's client has it.
                kind = kind if name.endswith(_TOTAL) else "unknown"
                name = name.removesuffix(_TOTAL)
            elif family.kind is MetricType.UNTYPED:
                kind = "unknown"
        quoted = name if is_legacy_name(name) else f'"{escape(name)}"'
        return [f"# HELP {quoted} {text}", f"# TYPE {quoted} {kind}"]

    def _write_series(self, lines: list[str], family: Family, series: Series) -> None:
        name, labels = self._name(family.name), series.labels
        if self._escapes:
            labels = labels_text({escaped_label(key): value for key, value in labels_of(labels)})
        if isinstance(series, NumberSeries):
            self._number(lines, family, name, labels, series)
        elif isinstance(series, HistogramSeries):
            self._histogram(lines, name, labels, series)
        elif isinstance(series, SummarySeries):
            self._summary(lines, name, labels, series)
        elif isinstance(series, ExponentialSeries):
            # Only protobuf has native buckets; what is left are the sums.
            value = series.value
            self._sums(lines, name, labels, series, value.count, value.sum, {})

    def _number(self, lines: list[str], family: Family, name: str, labels: str, series: NumberSeries) -> None:
        line = f"{_head(name, labels)} {number_text(series.value)}{self._time(series)}"
        if self._openmetrics and family.kind is MetricType.COUNTER and name.endswith(_TOTAL):
            lines.append(line + _exemplar(series.exemplar))
            self._created_sample(lines, name.removesuffix(_TOTAL), labels, series)
        else:
            lines.append(line)

    def _histogram(self, lines: list[str], name: str, labels: str, series: HistogramSeries) -> None:
        time, exemplars = self._time(series), series.exemplars if self._openmetrics else None
        total = 0
        for index, (le, count) in enumerate(zip(_bounds(series.bounds, self._openmetrics), series.counts, strict=False)):
            total += count
            if le:
                line = f"{_head(name + '_bucket', labels, le)} {total}{time}"
                lines.append(line + _exemplar(exemplars.get(index)) if exemplars else line)
        self._sums(lines, name, labels, series, series.count, series.sum, exemplars or {}, len(series.bounds))

    def _sums(
        self,
        lines: list[str],
        name: str,
        labels: str,
        series: Series,
        count: int,
        total: float,
        exemplars: dict[int, ShownExemplar],
        last: int = 0,
    ) -> None:
        time = self._time(series)
        lines.append(f"{_head(name + '_bucket', labels, _INFINITY)} {count}{time}{_exemplar(exemplars.get(last))}")
        lines.append(f"{_head(name + '_sum', labels)} {number_text(total)}{time}")
        lines.append(f"{_head(name + '_count', labels)} {count}{time}")
        self._created_sample(lines, name, labels, series)

    def _summary(self, lines: list[str], name: str, labels: str, series: SummarySeries) -> None:
        time = self._time(series)
        for quantile, value in sorted(series.quantiles.items()):
            pair = f'quantile="{bound_text(quantile, openmetrics=self._openmetrics)}"'
            lines.append(f"{_head(name, labels, pair)} {number_text(value)}{time}")
        lines.append(f"{_head(name + '_sum', labels)} {number_text(series.sum)}{time}")
        lines.append(f"{_head(name + '_count', labels)} {series.count}{time}")
        self._created_sample(lines, name, labels, series)

    def _created_sample(self, lines: list[str], name: str, labels: str, series: Series) -> None:
        if self._created and series.start:
            lines.append(f"{_head(name + '_created', labels)} {series.start / _SECOND!r}{self._time(series)}")

    def _time(self, series: Series) -> str:
        if not self._timestamps or not series.time:  # target_info is of no time
            return ""
        if self._openmetrics:
            return f" {series.time / _SECOND:.3f}"
        return f" {series.time // _MILLISECOND}"

    def _name(self, name: str) -> str:
        return escaped_name(name) if self._escapes else name


_INFINITY = 'le="+Inf"'


@lru_cache(maxsize=512)
def _bounds(bounds: tuple[float, ...], openmetrics: bool) -> tuple[str, ...]:
    """Return the `le` label of each bucket; "" for one that +Inf stands for, or that has the bound of the next."""
    texts = [f'le="{bound_text(bound, openmetrics=openmetrics)}"' for bound in bounds]
    following = (*bounds[1:], math.inf)[: len(bounds)]
    return tuple("" if bound >= after else text for text, bound, after in zip(texts, bounds, following, strict=True))


def _head(name: str, labels: str, more: str = "") -> str:
    """Return name and labels; a name that a legacy one cannot be stands in quotes among the labels."""
    inner = f"{labels},{more}" if labels and more else labels or more
    if is_legacy_name(name):
        return f"{name}{{{inner}}}" if inner else name
    return f'{{"{escape(name)}",{inner}}}' if inner else f'{{"{escape(name)}"}}'


def _exemplar(exemplar: ShownExemplar | None) -> str:
    if exemplar is None:
        return ""
    time = f" {exemplar.time / _SECOND:.3f}" if exemplar.time else ""
    return f" # {{{exemplar.labels}}} {number_text(exemplar.value)}{time}"


def _joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if lines else b""
