"""Renders the registry in the Prometheus text format, in any of the name forms that the Go collector's reader offers.

The three switches and their defaults come from `service.telemetry.metrics.readers[].pull.exporter.prometheus`. By default
nothing is appended (`otelcol_receiver_accepted_spans`); most published dashboards expect `without_type_suffix: false`
(`…_total`).
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from otel_agent.telemetry.instruments import Histogram, InstrumentKind
from otel_agent.telemetry.metrics import Family

_UNIT_NAMES = {"s": "seconds", "ms": "milliseconds", "By": "bytes", "MiBy": "mebibytes", "%": "percent", "1": "ratio"}


@dataclass(frozen=True, slots=True)
class Naming:
    """How names and labels are written."""

    without_type_suffix: bool = True
    without_units: bool = True
    without_scope_info: bool = True
    constant_labels: Mapping[str, str] = field(default_factory=dict)
    """On every series (with_resource_constant_labels)."""


def render(families: Iterable[Family], resource: Mapping[str, str], naming: Naming) -> str:
    """Return the whole scrape answer, `target_info` included."""
    lines: list[str] = []
    for family in families:
        if not family.instruments:
            continue
        name = metric_name(family, naming)
        lines.append(f"# HELP {name} {_escape_help(family.help)}")
        lines.append(f"# TYPE {name} {family.kind}")
        scope = {} if naming.without_scope_info else _scope(family)
        for key, instrument in family.instruments.items():
            labels = {**dict(key), **scope, **naming.constant_labels}
            if isinstance(instrument, Histogram):
                lines.extend(_histogram(name, labels, instrument))
            else:
                lines.append(f"{name}{_labels(labels)} {_number(instrument.read())}")
    lines.append("# HELP promhttp_metric_handler_errors_total Errors while answering scrapes.")
    lines.append("# TYPE promhttp_metric_handler_errors_total counter")
    lines.extend(f'promhttp_metric_handler_errors_total{{cause="{cause}"}} 0' for cause in ("encoding", "gathering"))
    lines.append("# HELP target_info Target metadata")
    lines.append("# TYPE target_info gauge")
    lines.append(f"target_info{_labels({label_name(k): v for k, v in resource.items()})} 1")
    return "\n".join(lines) + "\n"


def prefix_of(name: str) -> str:
    """`otelcol_`, except for names that are the conventions' own."""
    return "" if name.startswith(("http_", "rpc_")) else "otelcol_"


def metric_name(family: Family, naming: Naming) -> str:
    """`otelcol_` + name + unit + `_total`, the last two as switched; a unit that the name ends with is not repeated."""
    name = family.name
    unit = _UNIT_NAMES.get(family.unit, "")
    if not naming.without_units and unit and not name.endswith(f"_{unit}"):
        name = f"{name}_{unit}"
    if not naming.without_type_suffix and family.kind is InstrumentKind.SUM and not name.endswith("_total"):
        name = f"{name}_total"
    return prefix_of(name) + name


def label_name(key: str) -> str:
    """Resource attribute key as a label name: everything but letters, digits and `_` becomes `_`."""
    cleaned = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in key)
    return cleaned if cleaned and not cleaned[0].isdigit() else f"key_{cleaned}"


def _scope(family: Family) -> dict[str, str]:
    return {"otel_scope_name": family.scope, "otel_scope_schema_url": "", "otel_scope_version": ""}


def _histogram(name: str, labels: Mapping[str, str], histogram: Histogram) -> Iterator[str]:
    total = 0
    for bound, amount in zip((*histogram.bounds, math.inf), histogram.counts, strict=True):
        total += amount
        yield f"{name}_bucket{_labels({**labels, 'le': _number(bound)})} {total}"
    yield f"{name}_sum{_labels(labels)} {_number(histogram.sum)}"
    yield f"{name}_count{_labels(labels)} {total}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{key}="{_escape(value)}"' for key, value in sorted(labels.items())) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _escape_help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
