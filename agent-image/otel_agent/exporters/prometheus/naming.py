"""How an exporter's configuration names metrics and labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from otel_agent.exporters.prometheus.config import PrometheusExporterConfig, ResourceLabelsConfig
from otel_agent.prometheus.labels import translated
from otel_agent.prometheus.names import LabelNamer, MetricNamer, Strategy


@dataclass(frozen=True, slots=True)
class Naming:
    """Everything that decides on names and labels."""

    metrics: MetricNamer = MetricNamer()  # noqa: RUF009 (immutable)
    labels: LabelNamer = LabelNamer()  # noqa: RUF009
    scope_info: bool = True
    const_labels: Mapping[str, str] = field(default_factory=dict)
    resource_labels: ResourceLabelsConfig = field(default_factory=ResourceLabelsConfig)

    def series_labels(self, attributes: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the labels of a point's attributes; ValueError when one has no name."""
        return translated(attributes, self.labels)

    @property
    def info_name(self) -> str:
        """Name of the family that describes targets."""
        namespace = self.metrics.namespace
        return f"{self.labels.name(namespace)}_target_info" if namespace else "target_info"


def naming_of(config: PrometheusExporterConfig) -> Naming:
    """Read the configuration; ValueError when the namespace makes no name."""
    strategy = Strategy(config.strategy)
    naming = Naming(
        MetricNamer(strategy, config.namespace),
        LabelNamer(strategy),
        not config.without_scope_info,
        dict(config.const_labels),
        config.resource_labels,
    )
    _ = naming.info_name
    return naming
