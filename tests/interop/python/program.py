"""The story of ../story.py told with the stock Python SDK, for each case that comes on stdin (the protocol: ../program.py)."""

import importlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

SCOPE = {"name": "interop.shop", "version": "1.2.3", "schema_url": "urn:interop:1"}
START = 1_700_000_000_123_456_789
END = START + 1_500_000_000
ENCODINGS = {"grpc": "grpc", "http/protobuf": "http"}


def exporter(signal: str, name: str) -> Any:
    """Make the stock exporter of the protocol that the environment names; everything else it reads there itself."""
    encoding = ENCODINGS[os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"]]
    return getattr(importlib.import_module(f"opentelemetry.exporter.otlp.proto.{encoding}.{signal}_exporter"), name)()


def tell_spans(provider: TracerProvider) -> dict[str, trace.Span]:
    """Make the spans."""
    tracer = provider.get_tracer(SCOPE["name"], SCOPE["version"], SCOPE["schema_url"])
    audit = tracer.start_span("audit", kind=SpanKind.PRODUCER, start_time=START)
    checkout = tracer.start_span(
        "checkout",
        kind=SpanKind.SERVER,
        start_time=START,
        attributes={
            "text": 'Grüße, 世界 "quoted"\n',
            "empty": "",
            "yes": True,
            "no": False,
            "int": 42,
            "negative": -7,
            "large": 9007199254740991,
            "double": 0.5,
            "texts": ["a", "b"],
            "ints": [1, 2, 3],
            "doubles": [0.5, -1.5],
            "bools": [True, False],
            "padding": "x" * 50_000,
        },
    )
    checkout.add_event("cart.loaded", {"items": 3}, timestamp=START + 1_000)
    checkout.add_event("cart.paid", timestamp=START + 2_000)
    within = trace.set_span_in_context(checkout)
    charge = tracer.start_span(
        "charge",
        context=within,
        kind=SpanKind.CLIENT,
        start_time=START,
        links=[Link(audit.get_span_context(), {"reason": "follows"})],
    )
    charge.set_status(Status(StatusCode.ERROR, "card declined"))
    charge.end(END)
    ship = tracer.start_span("ship", context=within, kind=SpanKind.CONSUMER, start_time=START)
    ship.set_status(Status(StatusCode.OK))
    ship.end(END)
    for number in range(520):
        tracer.start_span("step", context=within, attributes={"number": number}, start_time=START).end(END)
    checkout.end(END)
    audit.end(END)
    return {"checkout": checkout, "charge": charge, "audit": audit, "ship": ship}


def tell_metrics(provider: MeterProvider, checkout: trace.Span) -> None:
    """Make the metrics; measurements within a span give exemplars."""
    meter = provider.get_meter(SCOPE["name"], SCOPE["version"], SCOPE["schema_url"])
    orders = meter.create_counter("shop.orders", "{order}", "Orders placed")
    orders.add(3, {"channel": "web"})
    orders.add(4, {"channel": "app"})
    carts = meter.create_up_down_counter("shop.carts")
    carts.add(5)
    carts.add(-2)
    meter.create_gauge("shop.temperature", "Cel").set(21.5)
    with trace.use_span(checkout, end_on_exit=False):
        latency = meter.create_histogram("shop.latency", "ms", explicit_bucket_boundaries_advisory=[1.0, 10.0, 100.0])
        for value in (0.5, 5.0, 50.0, 500.0, 5.0):
            latency.record(value, {"route": "/pay"})
        size = meter.create_histogram("shop.size", "By")
        for value in (0.0, 1.0, 2.0, 4.0, 8.0):
            size.record(value)

    def read(options: CallbackOptions) -> Iterator[Observation]:
        yield Observation(12345)

    meter.create_observable_counter("shop.bytes", [read], "By")


def tell_logs(provider: LoggerProvider, checkout: trace.Span) -> None:
    """Make the log records."""
    logger = provider.get_logger(SCOPE["name"], SCOPE["version"], SCOPE["schema_url"])

    def emit(severity: SeverityNumber, body: Any, **more: Any) -> None:
        logger.emit(LogRecord(timestamp=START, severity_number=severity, severity_text=severity.name, body=body, **more))

    emit(
        SeverityNumber.INFO,
        "order placed",
        attributes={"order": 17, "gift": True},
        event_name="shop.order.placed",
        context=trace.set_span_in_context(checkout),
    )
    emit(SeverityNumber.WARN, {"items": ["a", 2, 0.5, True], "nested": {"key": "value"}})
    emit(SeverityNumber.ERROR, b"\x00\x01\xff")


def tell(environment: dict[str, str]) -> dict[str, Any]:
    """Tell the whole story with these settings; everything has been sent, or given up, when this returns."""
    os.environ.update(environment)
    try:
        resource = Resource.create()
        tracers = TracerProvider(resource=resource)
        tracers.add_span_processor(BatchSpanProcessor(exporter("trace", "OTLPSpanExporter")))
        reader = PeriodicExportingMetricReader(exporter("metric", "OTLPMetricExporter"))
        size = View(instrument_name="shop.size", aggregation=ExponentialBucketHistogramAggregation())
        meters = MeterProvider([reader], resource, views=[size])
        loggers = LoggerProvider(resource=resource)
        loggers.add_log_record_processor(BatchLogRecordProcessor(exporter("_log", "OTLPLogExporter")))
        spans = tell_spans(tracers)
        tell_metrics(meters, spans["checkout"])
        tell_logs(loggers, spans["checkout"])
        for provider in (tracers, meters, loggers):
            provider.shutdown()
    finally:
        for key in environment:
            del os.environ[key]
    contexts = {name: span.get_span_context() for name, span in spans.items()}
    return {name: [f"{context.trace_id:032x}", f"{context.span_id:016x}"] for name, context in contexts.items()}


def main() -> None:
    """Answer each case with the ids of its spans."""
    for line in sys.stdin:
        settings = dict(setting.split("=", 1) for setting in line.rstrip("\n").split("\t"))
        print(json.dumps(tell(settings)), flush=True)


if __name__ == "__main__":
    main()
