"""The receiver's counters about its scrapes."""

from dataclasses import dataclass

from otel_agent.config.component import ComponentId
from otel_agent.telemetry.instruments import Counter, Gauge
from otel_agent.telemetry.metrics import SelfMetrics


@dataclass(frozen=True, slots=True)
class ScrapeMetrics:
    """Named as Prometheus names its own, without `_total`."""

    body_too_large: Counter
    too_many_samples: Counter
    too_many_labels: Counter
    duplicates: Counter
    failed: Counter
    too_many_targets: Counter
    targets: Gauge
    refresh_failures: Counter


def scrape_metrics(metrics: SelfMetrics, receiver: ComponentId) -> ScrapeMetrics:
    """Make the instruments of one receiver."""
    labels = {"receiver": str(receiver)}

    def counter(name: str, text: str) -> Counter:
        return metrics.counter(name, text, labels)

    return ScrapeMetrics(
        body_too_large=counter("prometheus_target_scrapes_exceeded_body_size_limit", "Scrapes that hit the body size limit."),
        too_many_samples=counter("prometheus_target_scrapes_exceeded_sample_limit", "Scrapes that hit the sample limit."),
        too_many_labels=counter("prometheus_target_scrape_pool_exceeded_label_limits", "Scrapes that hit a label limit."),
        duplicates=counter(
            "prometheus_target_scrapes_sample_duplicate_timestamp", "Samples left out because their series was exposed twice."
        ),
        failed=counter("prometheus_target_scrapes_failed", "Scrapes that brought no samples, for whatever reason."),
        too_many_targets=counter("prometheus_target_scrape_pool_exceeded_target_limit", "Times that a job had too many targets."),
        targets=metrics.gauge("prometheus_target_scrape_pool_targets", "Targets that are scraped.", labels),
        refresh_failures=counter("prometheus_sd_refresh_failures", "Times that targets could not be discovered."),
    )
