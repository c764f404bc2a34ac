"""Puts points together as an export request: resources, scopes, metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from otel_agent.receivers.prometheus.otlp.layout import Layout
from otel_agent.receivers.prometheus.otlp.names import ucum, without_suffixes
from otel_agent.receivers.prometheus.otlp.points import Points
from otel_agent.receivers.prometheus.otlp.series import Kind, Metric, Scope
from otel_agent.receivers.prometheus.otlp.target_resource import resource_attributes
from otel_agent.receivers.prometheus.otlp.wire import attributes, block, number, text

SCOPE_NAME = "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver"
"""What the Go receiver calls itself: queries that pick it by scope go on working."""
_CUMULATIVE = number(2, 2)
_TYPE_KEY = "prometheus.type"


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What every request of a target has."""

    scheme: str
    version: str
    discovered: Mapping[str, str] = field(default_factory=dict)
    """Labels of the target before relabelling."""
    trim_suffixes: bool = False
    legacy_attributes: bool = True
    """Add the older names of server.address, server.port and url.scheme."""


def assemble(points: Points, layout: Layout, rules: RequestRules) -> tuple[bytes, int]:
    """Return an ExportMetricsServiceRequest and the number of its points."""
    resources: dict[tuple[str, str], dict[Scope, list[bytes]]] = {}
    total = 0
    for metric, members in points.items():
        key = metric.key
        scopes = resources.setdefault((key.job, key.instance), {})
        scopes.setdefault(key.scope, []).append(block(2, _metric(metric, members, trim=rules.trim_suffixes)))
        total += len(members)
    request = [block(1, _resource_metrics(resource, scopes, layout, rules)) for resource, scopes in resources.items()]
    return b"".join(request), total


def _resource_metrics(
    resource: tuple[str, str], scopes: Mapping[Scope, Sequence[bytes]], layout: Layout, rules: RequestRules
) -> bytes:
    found = resource_attributes(*resource, rules.scheme, rules.discovered, legacy=rules.legacy_attributes)
    found |= layout.target_info.get(resource, {})
    infos = layout.scope_info.get(resource, {})
    content = block(1, attributes(1, found))
    for scope, metrics in scopes.items():
        content += block(2, _scope(scope, infos, rules) + b"".join(metrics) + text(3, scope.schema_url))
    return content


def _scope(scope: Scope, infos: Mapping[Scope, Mapping[str, str]], rules: RequestRules) -> bytes:
    if scope == Scope():
        return block(1, text(1, SCOPE_NAME) + text(2, rules.version))
    info = infos.get(Scope(scope.name, scope.version, scope.schema_url)) or infos.get(Scope(scope.name, scope.version), {})
    return block(1, text(1, scope.name) + text(2, scope.version) + attributes(3, {**info, **dict(scope.attributes)}))


def _metric(metric: Metric, points: Sequence[bytes], *, trim: bool) -> bytes:
    key, family = metric.key, metric.family
    name = without_suffixes(key.name, key.kind, monotonic=key.monotonic, unit=family.unit) if trim else key.name
    data = b"".join(chain(points, _trailer(key.kind, monotonic=key.monotonic)))
    type_ = "histogram" if key.kind is Kind.EXPONENTIAL_HISTOGRAM else family.type
    return (
        text(1, name)
        + text(2, family.help)
        + text(3, ucum(family.unit))
        + block(key.kind, data)
        + attributes(12, {_TYPE_KEY: type_})
    )


def _trailer(kind: Kind, *, monotonic: bool) -> tuple[bytes, ...]:
    match kind:
        case Kind.GAUGE | Kind.SUMMARY:
            return ()
        case Kind.SUM:
            return (_CUMULATIVE, number(3, int(monotonic)))
        case _:
            return (_CUMULATIVE,)
