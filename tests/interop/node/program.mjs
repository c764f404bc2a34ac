// The story of ../story.py told with the stock Node.js SDK, once for each case that comes on stdin (the protocol: ../program.py).
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import path from "node:path";

// The packages lie in the cache folder, which the first argument names.
const require = createRequire(path.join(process.argv[2], "package.json"));
const { context, diag, DiagLogLevel, SpanKind, SpanStatusCode, trace } = require("@opentelemetry/api");
const { SeverityNumber } = require("@opentelemetry/api-logs");
const { envDetector, defaultResource, detectResources } = require("@opentelemetry/resources");
const { BatchLogRecordProcessor, LoggerProvider } = require("@opentelemetry/sdk-logs");
const { AggregationType, MeterProvider, PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { BasicTracerProvider, BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");

const SCOPE = ["interop.shop", "1.2.3", { schemaUrl: "urn:interop:1" }];
const START = [1700000000, 123456789];
const END = [1700000001, 623456789];
const ENCODINGS = { grpc: "grpc", "http/protobuf": "proto", "http/json": "http" };

// The stock exporter of the protocol that the environment names; everything else it reads there itself.
function exporter(signal, name) {
  const encoding = ENCODINGS[process.env.OTEL_EXPORTER_OTLP_PROTOCOL];
  return new (require(`@opentelemetry/exporter-${signal}-otlp-${encoding}`)[name])();
}

function tellSpans(provider) {
  const tracer = provider.getTracer(...SCOPE);
  const root = context.active();
  const audit = tracer.startSpan("audit", { kind: SpanKind.PRODUCER, startTime: START }, root);
  const attributes = {
    text: 'Grüße, 世界 "quoted"\n',
    empty: "",
    yes: true,
    no: false,
    int: 42,
    negative: -7,
    large: 9007199254740991,
    double: 0.5,
    texts: ["a", "b"],
    ints: [1, 2, 3],
    doubles: [0.5, -1.5],
    bools: [true, false],
    padding: "x".repeat(50000),
  };
  const checkout = tracer.startSpan("checkout", { kind: SpanKind.SERVER, startTime: START, attributes }, root);
  checkout.addEvent("cart.loaded", { items: 3 }, [START[0], START[1] + 1000]);
  checkout.addEvent("cart.paid", [START[0], START[1] + 2000]);
  const within = trace.setSpan(root, checkout);
  const links = [{ context: audit.spanContext(), attributes: { reason: "follows" } }];
  const charge = tracer.startSpan("charge", { kind: SpanKind.CLIENT, startTime: START, links }, within);
  charge.setStatus({ code: SpanStatusCode.ERROR, message: "card declined" });
  charge.end(END);
  const ship = tracer.startSpan("ship", { kind: SpanKind.CONSUMER, startTime: START }, within);
  ship.setStatus({ code: SpanStatusCode.OK });
  ship.end(END);
  for (let number = 0; number < 520; number++) {
    tracer.startSpan("step", { startTime: START, attributes: { number } }, within).end(END);
  }
  checkout.end(END);
  audit.end(END);
  return { checkout, charge, audit, ship };
}

function tellMetrics(provider, checkout) {
  const meter = provider.getMeter(...SCOPE);
  const within = trace.setSpan(context.active(), checkout);
  const orders = meter.createCounter("shop.orders", { unit: "{order}", description: "Orders placed", valueType: 0 });
  orders.add(3, { channel: "web" });
  orders.add(4, { channel: "app" });
  const carts = meter.createUpDownCounter("shop.carts", { valueType: 0 });
  carts.add(5);
  carts.add(-2);
  meter.createGauge("shop.temperature", { unit: "Cel" }).record(21.5);
  const boundaries = { explicitBucketBoundaries: [1, 10, 100] };
  const latency = meter.createHistogram("shop.latency", { unit: "ms", advice: boundaries });
  for (const value of [0.5, 5, 50, 500, 5]) latency.record(value, { route: "/pay" }, within);
  const size = meter.createHistogram("shop.size", { unit: "By" });
  for (const value of [0, 1, 2, 4, 8]) size.record(value, {}, within);
  meter.createObservableCounter("shop.bytes", { unit: "By", valueType: 0 }).addCallback((result) => result.observe(12345));
}

function tellLogs(provider, checkout) {
  const logger = provider.getLogger(...SCOPE);
  const emit = (severityText, body, more = {}) =>
    logger.emit({ timestamp: START, severityNumber: SeverityNumber[severityText], severityText, body, ...more });
  emit("INFO", "order placed", {
    attributes: { order: 17, gift: true },
    eventName: "shop.order.placed",
    context: trace.setSpan(context.active(), checkout),
  });
  emit("WARN", { items: ["a", 2, 0.5, true], nested: { key: "value" } });
  emit("ERROR", new Uint8Array([0, 1, 255]));
}

// Everything has been sent, or given up, when this resolves.
async function tell(settings) {
  Object.assign(process.env, settings);
  const resource = defaultResource().merge(detectResources({ detectors: [envDetector] }));
  const tracers = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(exporter("trace", "OTLPTraceExporter"))],
  });
  const reader = new PeriodicExportingMetricReader({ exporter: exporter("metrics", "OTLPMetricExporter") });
  const view = { instrumentName: "shop.size", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } };
  const meters = new MeterProvider({ resource, readers: [reader], views: [view] });
  const processors = [new BatchLogRecordProcessor({ exporter: exporter("logs", "OTLPLogExporter") })];
  const loggers = new LoggerProvider({ resource, processors });
  const spans = tellSpans(tracers);
  tellMetrics(meters, spans.checkout);
  tellLogs(loggers, spans.checkout);
  for (const provider of [tracers, meters, loggers]) await provider.shutdown().catch(console.error);
  for (const key of Object.keys(settings)) delete process.env[key];
  const ids = Object.entries(spans).map(([name, span]) => [name, [span.spanContext().traceId, span.spanContext().spanId]]);
  return Object.fromEntries(ids);
}

diag.setLogger({ ...console, error: console.error, warn: console.error, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
for await (const line of createInterface({ input: process.stdin })) {
  const settings = line.split("\t").map((setting) => [setting.slice(0, setting.indexOf("=")), setting.slice(setting.indexOf("=") + 1)]);
  console.log(JSON.stringify(await tell(Object.fromEntries(settings))));
}
