"""Nothing but the OTLP receiver and exporter: whatever goes in comes out the same."""

from tests.differential import generating
from tests.differential.suite import Suite

SUITES: tuple[Suite, ...] = (
    Suite("passthrough-logs", "logs", {}, generating.logs),
    Suite("passthrough-traces", "traces", {}, generating.traces),
    Suite("passthrough-metrics", "metrics", {}, generating.metrics),
)
