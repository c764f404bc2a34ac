"""The series of one target: finds each by the text that names it, and works out once what it is (labels, metric, role)."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError, LabelLimitError
from otel_agent.receivers.prometheus.otlp.series import Family, Kind, Metric, MetricKey, Role, Scope, Series
from otel_agent.receivers.prometheus.otlp.wire import attributes
from otel_agent.receivers.prometheus.relabelling import Relabel

_NAME = "__name__"
_SUFFIXES = ("_bucket", "_count", "_sum", "_total", "_info", "_created")
_SCOPE_PREFIX = "otel_scope_"
_NUMBERS = {"counter": (Kind.SUM, True), "info": (Kind.SUM, False), "stateset": (Kind.SUM, False)}
_PARTS = {"_bucket": Role.BUCKET, "_sum": Role.SUM, "_count": Role.COUNT, "_created": Role.CREATED}
_COMPOSED = {"histogram": Kind.HISTOGRAM, "summary": Kind.SUMMARY}
_ATTRIBUTES_FIELD = {Kind.GAUGE: 7, Kind.SUM: 7, Kind.HISTOGRAM: 9, Kind.EXPONENTIAL_HISTOGRAM: 1, Kind.SUMMARY: 7}
_SPARE = 1000
"""Series that may be remembered beyond half again of those in use before the unused are forgotten."""


@dataclass(frozen=True, slots=True)
class SeriesRules:
    """How the samples of a target become series."""

    target_labels: Mapping[str, str]
    honor_labels: bool = False
    relabel: Relabel | None = None
    external_labels: Mapping[str, str] = field(default_factory=dict)
    label_limit: int = 0
    label_name_length_limit: int = 0
    label_value_length_limit: int = 0


class Catalog:
    """Series by exposed name and labels. `changed` says that descriptions are no longer what they were."""

    def __init__(self, rules: SeriesRules) -> None:
        self.rules = rules
        self.known: dict[object, Series] = {}
        """By what the exposition calls a series: for text formats the line up to the value."""
        self.families: dict[str, Family] = {}
        self.comments: set[str] = set()
        """Comment lines of the last scrape, which need not be read again."""
        self.changed = False
        self._metrics: dict[MetricKey, Metric] = {}
        self._orphans: set[str] = set()
        """Names of families that series without one would have belonged to."""

    def describe(self, name: str, *, type_: str | None = None, help_: str | None = None, unit: str | None = None) -> None:
        """Take note of HELP, TYPE or UNIT; what changes the place of known series makes all of them be looked at again."""
        family = self.families.get(name)
        if family is None:
            family = self.families[name] = Family(name)
            if name in self._orphans:
                self._forget_series()
        if type_ is not None and type_ != family.type:
            if family.used:
                family = self.families[name] = Family(name, type_, family.help, family.unit)
                self._forget_series()
            family.type = type_
        if help_ is not None and help_ != family.help:
            family.help, self.changed = help_, True
        if unit is not None and unit != family.unit:
            family.unit, self.changed = unit, True

    def _forget_series(self) -> None:
        self.known.clear()
        self._metrics.clear()
        self._orphans.clear()
        self.changed = True

    def prune(self, epoch: int, in_use: int) -> None:
        """Forget series that the scrape `epoch` did not have, once they are many."""
        if len(self.known) > in_use * 3 // 2 + _SPARE:
            self.known = {key: series for key, series in self.known.items() if series.epoch == epoch}
            used = {id(series.metric) for series in self.known.values()}
            self._metrics = {key: metric for key, metric in self._metrics.items() if id(metric) in used}
        if len(self.families) > 2 * in_use + _SPARE:
            self.families.clear()
            self.comments.clear()
            self._forget_series()

    def add(self, key: object, name: str, labels: Iterable[tuple[str, str]], *, native: bool = False) -> Series:
        """Work out what a series is and remember it; `ExpositionError` when it breaks a limit."""
        series = self.known[key] = self._resolve(name, list(labels), native=native)
        return series

    def report(self, name: str, family: Family) -> Series:
        """Return the series of a metric about the scrape itself."""
        labels = {**self.rules.target_labels, _NAME: name, **self.rules.external_labels}
        return self._number(name, family, labels, Kind.GAUGE, monotonic=False)

    def _resolve(self, name: str, exposed: list[tuple[str, str]], *, native: bool) -> Series:
        labels = {label: value for label, value in exposed if value}
        if len({label for label, _ in exposed}) != len(exposed):
            return Series(Role.IGNORED, _identity({**labels, _NAME: name}))
        labels[_NAME] = name
        labels = with_target_labels(labels, self.rules.target_labels, honor=self.rules.honor_labels)
        if self.rules.relabel is not None and not self.rules.relabel(labels):
            return Series(Role.DROPPED, 0)
        if not labels.get(_NAME):
            raise ExpositionError(f'missing metric name (__name__ label) after metric_relabel_configs (was "{name}")')
        self._check_limits(labels)
        labels.update(self.rules.external_labels)
        return self._place(labels[_NAME], labels, native=native)

    def _check_limits(self, labels: Mapping[str, str]) -> None:
        rules = self.rules
        if rules.label_limit and len(labels) > rules.label_limit:
            name = labels[_NAME]
            raise LabelLimitError(
                f"label_limit exceeded (metric: {name:.50}, number of labels: {len(labels)}, limit: {rules.label_limit})"
            )
        for label, value in labels.items():
            if rules.label_name_length_limit and len(label.encode()) > rules.label_name_length_limit:
                limit = rules.label_name_length_limit
                raise LabelLimitError(
                    f"label_name_length_limit exceeded (metric: {labels[_NAME]:.50}, label: {label:.50}, limit: {limit})"
                )
            if rules.label_value_length_limit and len(value.encode()) > rules.label_value_length_limit:
                limit = rules.label_value_length_limit
                raise LabelLimitError(
                    f"label_value_length_limit exceeded (metric: {labels[_NAME]:.50}, label: {label:.50}, limit: {limit})"
                )

    def _place(self, name: str, labels: dict[str, str], *, native: bool) -> Series:
        if name in ("target_info", "otel_scope_info"):
            series = Series(Role.TARGET_INFO if name == "target_info" else Role.SCOPE_INFO, _identity(labels))
            series.labels = labels
            return series
        family = self.families.get(name)
        if native:
            return self._part(family or Family(name, "histogram"), labels, Kind.EXPONENTIAL_HISTOGRAM, Role.NATIVE)
        if family is not None:
            if family.type == "summary":
                return self._bounded(family, labels, Kind.SUMMARY, Role.QUANTILE, "quantile")
            if family.type in ("histogram", "gaugehistogram"):
                return _ignored(family, labels)
            kind, monotonic = _NUMBERS.get(family.type, (Kind.GAUGE, False))
            return self._number(name, family, labels, kind, monotonic=monotonic)
        suffix = next((each for each in _SUFFIXES if name.endswith(each) and name != each), "")
        family = self.families.get(name.removesuffix(suffix)) if suffix else None
        if family is None and name.endswith(("_gsum", "_gcount")):
            gauge_histogram = self.families.get(name.rpartition("_")[0])
            if gauge_histogram is not None and gauge_histogram.type == "gaugehistogram":
                return _ignored(gauge_histogram, labels)
        if family is None or family.type in ("gauge", "unknown", "stateset"):
            self._orphans.update((name, name.removesuffix(suffix)))
            return self._number(name, Family(name), labels, Kind.GAUGE, monotonic=False)
        return self._suffixed(name, suffix, family, labels)

    def _suffixed(self, name: str, suffix: str, family: Family, labels: dict[str, str]) -> Series:
        if family.type == "counter":
            if suffix == "_created":
                return self._created(f"{family.name}_total", family, labels)
            return self._number(name, family, labels, Kind.SUM, monotonic=True)
        if family.type == "info":
            return self._number(family.name, family, labels, Kind.SUM, monotonic=False)
        kind, role = _COMPOSED.get(family.type), _PARTS.get(suffix)
        if kind is None or role is None or (role is Role.BUCKET and kind is Kind.SUMMARY):
            return _ignored(family, labels)
        if role is Role.BUCKET:
            return self._bounded(family, labels, kind, role, "le")
        return self._part(family, labels, kind, role)

    def _bounded(self, family: Family, labels: dict[str, str], kind: Kind, role: Role, label: str) -> Series:
        try:
            bound = float(labels.get(label, ""))
        except ValueError:
            bound = math.nan
        if math.isnan(bound):
            return _ignored(family, labels)
        series = self._part(family, labels, kind, role)
        series.bound = bound
        return series

    def _number(self, name: str, family: Family, labels: dict[str, str], kind: Kind, *, monotonic: bool) -> Series:
        return self._series(Role.NUMBER, name, family, labels, kind, monotonic=monotonic)

    def _created(self, name: str, family: Family, labels: dict[str, str]) -> Series:
        return self._series(Role.CREATED, name, family, labels, Kind.SUM, monotonic=True)

    def _part(self, family: Family, labels: dict[str, str], kind: Kind, role: Role) -> Series:
        return self._series(role, family.name, family, labels, kind, monotonic=False)

    def _series(self, role: Role, name: str, family: Family, labels: dict[str, str], kind: Kind, *, monotonic: bool) -> Series:
        target = self.rules.target_labels
        job = labels.get("job") or target.get("job", "")
        instance = labels.get("instance") or target.get("instance", "")
        identity = _identity(labels)
        if not job or not instance:
            return Series(Role.IGNORED, identity)
        scope = _scope(labels)
        family.used = True
        hidden = {_NAME, "job", "instance", _bound_label(kind)}
        shown = {label: labels[label] for label in sorted(labels) if label not in hidden and not label.startswith(_SCOPE_PREFIX)}
        key = MetricKey(job, instance, scope, name, kind, monotonic)
        metric = self._metrics.get(key)
        if metric is None:
            metric = self._metrics[key] = Metric(key, family)
        return Series(role, identity, metric, attributes(_ATTRIBUTES_FIELD[kind], shown))


def _ignored(family: Family, labels: Mapping[str, str]) -> Series:
    """Return a series that has no place in its family; of another type it may have one."""
    family.used = True
    return Series(Role.IGNORED, _identity(labels))


def with_target_labels(labels: dict[str, str], target: Mapping[str, str], *, honor: bool) -> dict[str, str]:
    """Add the target's labels; of two with one name the exposed one stays (`honor`) or becomes `exported_<name>`."""
    if honor:
        return {**target, **labels}
    merged = {**labels, **target}
    for name in sorted((name for name in target if name in labels), key=len):
        renamed = f"exported_{name}"
        while renamed in merged:
            renamed = f"exported_{renamed}"
        merged[renamed] = labels[name]
    return merged


def _bound_label(kind: Kind) -> str:
    return {Kind.HISTOGRAM: "le", Kind.EXPONENTIAL_HISTOGRAM: "le", Kind.SUMMARY: "quantile"}.get(kind, _NAME)


def _scope(labels: Mapping[str, str]) -> Scope:
    found = {name: value for name, value in labels.items() if name.startswith(_SCOPE_PREFIX)}
    if not found:
        return Scope()
    name = found.pop("otel_scope_name", "")
    version = found.pop("otel_scope_version", "")
    schema_url = found.pop("otel_scope_schema_url", "")
    rest = tuple(sorted((label.removeprefix(_SCOPE_PREFIX), value) for label, value in found.items()))
    return Scope(name, version, schema_url, rest)


def _identity(labels: Mapping[str, str]) -> int:
    return hash(tuple(sorted(labels.items())))
