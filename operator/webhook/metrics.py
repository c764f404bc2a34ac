"""The program's own metrics, under the names that dashboards for controller-runtime operators already use."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class WebhookMetrics:
    """One registry a process; a registry of its own keeps tests and programs apart."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.requests = Counter(
            "controller_runtime_webhook_requests",
            "Webhook requests by HTTP status code.",
            ["webhook", "code"],
            registry=self._registry,
        )
        self.latency = Histogram(
            "controller_runtime_webhook_latency_seconds",
            "Time from the request's headers to its answer.",
            ["webhook"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self.in_flight = Gauge(
            "controller_runtime_webhook_requests_in_flight",
            "Webhook requests being answered now.",
            ["webhook"],
            registry=self._registry,
        )
        self.denied = Counter(
            "otel_operator_webhook_denied",
            "Admission requests that were denied.",
            ["webhook"],
            registry=self._registry,
        )
        self.injected = Counter(
            "otel_operator_injection_injected",
            "Pods that got what they asked for.",
            ["feature"],
            registry=self._registry,
        )
        self.refused = Counter(
            "otel_operator_injection_refused",
            "Pods that did not get what they asked for.",
            ["feature", "reason"],
            registry=self._registry,
        )
        self.untouched = Counter(
            "otel_operator_injection_untouched",
            "Pods about which nothing could be decided and that were admitted as they are.",
            ["reason"],
            registry=self._registry,
        )
        self.certificate_expiry = Gauge(
            "otel_operator_webhook_certificate_expiry_timestamp_seconds",
            "Unix time at which the serving certificate expires.",
            registry=self._registry,
        )
        self.certificate_failures = Counter(
            "otel_operator_webhook_certificate_refresh_failures",
            "Attempts to read, renew or publish the serving certificate that failed.",
            registry=self._registry,
        )

    def watch(self, collector: Collector) -> None:
        """Show also the values that `collector` reads at each scrape."""
        self._registry.register(collector)

    def exposition(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self._registry)
