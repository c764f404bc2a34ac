"""How the series of a scrape stand together as points of metrics. Worked out again only when a scrape has other series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from otel_agent.receivers.prometheus.otlp.series import Kind, Metric, Role, Scope, Series


@dataclass(slots=True)
class Composed:
    """The series that one histogram or summary point is made of."""

    head: bytes
    count: Series | None = None
    sum: Series | None = None
    created: Series | None = None
    bounded: list[Series] = field(default_factory=list)
    """Buckets or quantiles, by ascending bound once the layout is finished; of a histogram without that of +Inf."""
    infinite: Series | None = None
    """The bucket of +Inf, which is the count again: only its exemplars matter."""


@dataclass(slots=True)
class Layout:
    """Points by metric, and what info metrics say."""

    numbers: dict[Metric, list[tuple[bytes, Series, Series | None]]] = field(default_factory=dict)
    """The start of a plain point (its tag, length and attributes), the series, and the series with its start time."""
    composed: dict[Metric, list[Composed]] = field(default_factory=dict)
    native: dict[Metric, list[Series]] = field(default_factory=dict)
    target_info: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """By job and instance."""
    scope_info: dict[tuple[str, str], dict[Scope, dict[str, str]]] = field(default_factory=dict)
    """By job and instance, then by scope without attributes."""
    samples: int = 0
    """Series that relabelling let through."""


def arrange(series: Sequence[Series], target_labels: Mapping[str, str]) -> Layout:
    """Sort series into points; those that have no place only count."""
    layout = Layout()
    parts: dict[tuple[int, bytes], Composed] = {}
    created: dict[tuple[int, bytes], Series] = {}
    for each in series:
        role, metric = each.role, each.metric
        if role is Role.DROPPED:
            continue
        layout.samples += 1
        if metric is None:
            if role in (Role.TARGET_INFO, Role.SCOPE_INFO):
                _inform(layout, each, target_labels)
        elif role is Role.NUMBER:
            members = layout.numbers.get(metric)
            if members is None:
                members = layout.numbers[metric] = []
            members.append((each.start, each, None))
        elif role is Role.NATIVE:
            layout.native.setdefault(metric, []).append(each)
        elif metric.key.kind is Kind.SUM:
            created[id(metric), each.head] = each
        else:
            _compose(layout, parts, metric, each)
    if created:
        for metric, members in layout.numbers.items():
            layout.numbers[metric] = [(start, each, created.get((id(metric), each.head))) for start, each, _ in members]
    for point in parts.values():
        point.bounded.sort(key=_bound)
    return layout


def _compose(layout: Layout, parts: dict[tuple[int, bytes], Composed], metric: Metric, series: Series) -> None:
    key = (id(metric), series.head)
    point = parts.get(key)
    if point is None:
        point = parts[key] = Composed(series.head)
        layout.composed.setdefault(metric, []).append(point)
    match series.role:
        case Role.COUNT:
            point.count = series
        case Role.SUM:
            point.sum = series
        case Role.CREATED:
            point.created = series
        case Role.BUCKET:
            if series.bound == float("inf"):
                point.infinite = series
            else:
                point.bounded.append(series)
        case _:
            point.bounded.append(series)


def _bound(series: Series) -> float:
    return series.bound


def _inform(layout: Layout, series: Series, target_labels: Mapping[str, str]) -> None:
    labels = {name: value for name, value in series.labels.items() if name not in ("__name__", "job", "instance")}
    resource = (
        series.labels.get("job") or target_labels.get("job", ""),
        series.labels.get("instance") or target_labels.get("instance", ""),
    )
    if series.role is Role.TARGET_INFO:
        layout.target_info.setdefault(resource, {}).update(labels)
        return
    name, version = labels.pop("otel_scope_name", ""), labels.pop("otel_scope_version", "")
    scope = Scope(name, version, labels.pop("otel_scope_schema_url", ""))
    layout.scope_info.setdefault(resource, {})[scope] = labels
