"""Names of the OTLP services in gRPC."""

from otel_agent.pdata.telemetry import Signal

SERVICES = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
}


def export_method(signal: Signal) -> str:
    """Full path of a signal's Export method."""
    return f"/{SERVICES[signal]}/Export"
