"""A small shop that reports traces, metrics and logs with the stock OpenTelemetry SDK.

It is the demo's workload: nothing in it knows about the operator. Endpoints come from the SDK's own environment variables.
"""

import logging
import random
import signal
import threading

from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

stop = threading.Event()


def set_up() -> list[TracerProvider | MeterProvider | LoggerProvider]:
    """Install the three providers; resource and endpoints are read from OTEL_* variables by the SDK."""
    traces = TracerProvider()
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=1000))
    trace.set_tracer_provider(traces)
    meters = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=5000)])
    metrics.set_meter_provider(meters)
    logs = LoggerProvider()
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(), schedule_delay_millis=1000))
    set_logger_provider(logs)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    logging.getLogger().addHandler(LoggingHandler(logger_provider=logs))
    return [traces, meters, logs]


def main() -> None:
    """Sell something every half second until told to stop, then send what is left."""
    providers = set_up()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tracer, log = trace.get_tracer("shop"), logging.getLogger("shop")
    orders = metrics.get_meter("shop").create_counter("shop.orders", unit="{order}", description="Orders by outcome")
    while not stop.wait(0.5):
        with tracer.start_as_current_span(
            "GET /checkout", kind=SpanKind.SERVER, attributes={"http.request.method": "GET"}
        ) as span:
            with tracer.start_as_current_span("SELECT cart", kind=SpanKind.CLIENT, attributes={"db.system.name": "postgresql"}):
                stop.wait(random.uniform(0.002, 0.02))
            with tracer.start_as_current_span("charge card", kind=SpanKind.CLIENT) as charge:
                declined = random.random() < 0.1
                if declined:
                    charge.set_status(Status(StatusCode.ERROR, "card declined"))
                    span.set_attribute("http.response.status_code", 402)
            orders.add(1, {"outcome": "declined" if declined else "paid"})
            log.warning("card declined") if declined else log.info("order paid")
    for provider in providers:
        provider.shutdown()


if __name__ == "__main__":
    main()
