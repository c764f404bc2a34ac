"""Names of metrics and labels, by the translation strategies of OpenTelemetry (collector specification, 6.4 and 6.5)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from otel_agent.prometheus.units import legal_word, unit_words

_TOKEN = re.compile(r"[a-zA-Z0-9:]+")
_NAME_TOKEN = re.compile(r"[a-zA-Z0-9:_]+")
_NOT_LABEL = re.compile(r"[^a-zA-Z0-9_]")
_RUN = re.compile(r"[^a-zA-Z0-9]+")
_LEGACY_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LEGACY_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class Strategy(StrEnum):
    """How names come about: whether odd characters become `_`, and whether unit and type are appended."""

    ESCAPED = "UnderscoreEscapingWithSuffixes"
    ESCAPED_BARE = "UnderscoreEscapingWithoutSuffixes"
    UTF8 = "NoUTF8EscapingWithSuffixes"
    NONE = "NoTranslation"

    @property
    def escapes(self) -> bool:
        """Whether names are of legacy characters only."""
        return self in (Strategy.ESCAPED, Strategy.ESCAPED_BARE)

    @property
    def suffixes(self) -> bool:
        """Whether unit and type are appended."""
        return self in (Strategy.ESCAPED, Strategy.UTF8)


class MetricType(StrEnum):
    """What a family is in `# TYPE`."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    UNTYPED = "untyped"


@dataclass(frozen=True, slots=True)
class MetricNamer:
    """Makes metric names."""

    strategy: Strategy = Strategy.ESCAPED
    namespace: str = ""

    def name(self, name: str, unit: str, kind: MetricType, *, gauge: bool = False) -> str:
        """Return the name of a metric; ValueError when nothing of it is left.

        `gauge` says that it is an OTLP gauge: only those of unit 1 are ratios, sums of it count things.
        """
        if not self.strategy.escapes:
            return self._utf8(name, unit, kind, gauge)
        made = self._tokens(name, unit, kind, gauge) if self.strategy.suffixes else self._cleaned(name)
        if not made or (made != name and not made.strip("_")):
            raise ValueError(f'metric name "{name}" has no character that a Prometheus name can have')
        return made

    def _tokens(self, name: str, unit: str, kind: MetricType, gauge: bool) -> str:
        tokens = _TOKEN.findall(name)
        main, per = map(legal_word, unit_words(unit))
        tokens += [word for word in (main, per) if word and word not in tokens]
        suffix = _suffix(unit, kind, gauge)
        if suffix:
            tokens = [*(token for token in tokens if token != suffix), suffix]
        if self.namespace:
            tokens.insert(0, self._legal_namespace())
        return _not_a_digit_first("_".join(tokens))

    def _cleaned(self, name: str) -> str:
        cleaned = "_".join(_NAME_TOKEN.findall(name))
        return f"{self._legal_namespace()}_{cleaned}" if self.namespace else _not_a_digit_first(cleaned)

    def _legal_namespace(self) -> str:
        return "_".join(_NAME_TOKEN.findall(self.namespace))

    def _utf8(self, name: str, unit: str, kind: MetricType, gauge: bool) -> str:
        made = f"{self.namespace}_{name}" if self.namespace else name
        if not made:
            raise ValueError("the metric has no name")
        if not self.strategy.suffixes:
            return made
        main, per = unit_words(unit)
        suffix = _suffix(unit, kind, gauge)
        for word in (suffix, per):
            made = _without_end(made, word) if word else made
        if main and not made.endswith(main):
            made = f"{made}_{main}"
        return "_".join(part for part in (made, per, suffix) if part)


@dataclass(frozen=True, slots=True)
class LabelNamer:
    """Makes label names."""

    strategy: Strategy = Strategy.ESCAPED
    keep_underscores: bool = True
    """Whether `a..b` becomes `a__b` (the exporter of the Go collector) or `a_b` (the specification)."""
    key_before_underscore: bool = False
    """Whether a name that begins with a single `_` gets `key` before it."""
    allow_reserved: bool = False
    """Whether a name may begin with `__`, which Prometheus keeps for itself; otherwise it gets `key` before it."""

    def name(self, key: str) -> str:
        """Return the label for an attribute key; ValueError when there is none."""
        return _label(self, key)

    def legacy(self, key: str) -> str:
        """Return a key in legacy characters, whatever the strategy; empty or of `_` alone when it has none of them."""
        if not key:
            return key
        if self.keep_underscores:
            label = _NOT_LABEL.sub("_", key)
        elif len(key) >= 4 and key.startswith("__") and key.endswith("__"):  # reserved: the frame stays
            label = f"__{_RUN.sub('_', key[2:-2])}__"
        else:
            label = _RUN.sub("_", key)
        if label[0].isdigit():
            return f"key_{label}"
        if self.key_before_underscore and label[0] == "_" and not label.startswith("__"):
            return f"key{label}"
        return label


@lru_cache(maxsize=4096)  # there are few keys, and every new series has some of them
def _label(namer: LabelNamer, key: str) -> str:
    label = namer.legacy(key) if namer.strategy.escapes else key
    if not label.strip("_"):
        raise ValueError(f'attribute key "{key}" has no character that a label name can have')
    return f"key{label}" if label.startswith("__") and not namer.allow_reserved else label


def escaped_name(name: str) -> str:
    """Return a UTF-8 metric name for a scraper that takes legacy names only: `_` for every character that is not one."""
    if _LEGACY_NAME.fullmatch(name):
        return name
    escaped = re.sub(r"[^a-zA-Z0-9_:]", "_", name)
    return f"_{escaped[1:]}" if escaped[:1].isdigit() else escaped


def escaped_label(name: str) -> str:
    """Return a UTF-8 label name for a scraper that takes legacy names only."""
    escaped = _NOT_LABEL.sub("_", name)
    escaped = f"_{escaped[1:]}" if escaped[:1].isdigit() else escaped
    return f"key{escaped}" if escaped.startswith("__") else escaped


@lru_cache(maxsize=4096)
def is_legacy_name(name: str) -> bool:
    """Whether a metric name needs no quotes in a text format."""
    return _LEGACY_NAME.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def is_legacy_label(name: str) -> bool:
    """Whether a label name needs no quotes in a text format."""
    return _LEGACY_LABEL.fullmatch(name) is not None


def _suffix(unit: str, kind: MetricType, gauge: bool) -> str:
    if kind is MetricType.COUNTER:
        return "total"
    return "ratio" if gauge and unit == "1" else ""


def _not_a_digit_first(name: str) -> str:
    return f"_{name}" if name[:1].isdigit() else name


def _without_end(name: str, word: str) -> str:
    return name[: -len(word) - 1] if name.endswith(word) and len(name) > len(word) + 1 else name
