// The story of ../story.py told with the stock Java SDK, once for each case that comes on stdin (the protocol: ../program.py).
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongUpDownCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.View;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

public final class Program {
  static final String NAME = "interop.shop";
  static final String VERSION = "1.2.3";
  static final String SCHEMA = "urn:interop:1";
  static final long START = 1_700_000_000_123_456_789L;
  static final long END = START + 1_500_000_000L;

  static Map<String, Span> tellSpans(OpenTelemetrySdk sdk) {
    Tracer tracer = sdk.tracerBuilder(NAME).setInstrumentationVersion(VERSION).setSchemaUrl(SCHEMA).build();
    Span audit = start(tracer, "audit", SpanKind.PRODUCER, Context.root());
    Span checkout = start(tracer, "checkout", SpanKind.SERVER, Context.root());
    checkout.setAttribute("text", "Grüße, 世界 \"quoted\"\n");
    checkout.setAttribute("empty", "");
    checkout.setAttribute("yes", true);
    checkout.setAttribute("no", false);
    checkout.setAttribute("int", 42);
    checkout.setAttribute("negative", -7);
    checkout.setAttribute("large", 9007199254740991L);
    checkout.setAttribute("double", 0.5);
    checkout.setAttribute(AttributeKey.stringArrayKey("texts"), List.of("a", "b"));
    checkout.setAttribute(AttributeKey.longArrayKey("ints"), List.of(1L, 2L, 3L));
    checkout.setAttribute(AttributeKey.doubleArrayKey("doubles"), List.of(0.5, -1.5));
    checkout.setAttribute(AttributeKey.booleanArrayKey("bools"), List.of(true, false));
    checkout.setAttribute("padding", "x".repeat(50_000));
    Attributes items = Attributes.of(AttributeKey.longKey("items"), 3L);
    checkout.addEvent("cart.loaded", items, START + 1_000, TimeUnit.NANOSECONDS);
    checkout.addEvent("cart.paid", START + 2_000, TimeUnit.NANOSECONDS);
    Context within = checkout.storeInContext(Context.root());
    Span charge =
        tracer
            .spanBuilder("charge")
            .setParent(within)
            .setSpanKind(SpanKind.CLIENT)
            .setStartTimestamp(START, TimeUnit.NANOSECONDS)
            .addLink(audit.getSpanContext(), Attributes.of(AttributeKey.stringKey("reason"), "follows"))
            .startSpan();
    charge.setStatus(StatusCode.ERROR, "card declined");
    charge.end(END, TimeUnit.NANOSECONDS);
    Span ship = start(tracer, "ship", SpanKind.CONSUMER, within);
    ship.setStatus(StatusCode.OK);
    ship.end(END, TimeUnit.NANOSECONDS);
    for (int number = 0; number < 520; number++) {
      start(tracer, "step", SpanKind.INTERNAL, within).setAttribute("number", number).end(END, TimeUnit.NANOSECONDS);
    }
    checkout.end(END, TimeUnit.NANOSECONDS);
    audit.end(END, TimeUnit.NANOSECONDS);
    Map<String, Span> spans = new LinkedHashMap<>();
    spans.put("checkout", checkout);
    spans.put("charge", charge);
    spans.put("audit", audit);
    spans.put("ship", ship);
    return spans;
  }

  static Span start(Tracer tracer, String name, SpanKind kind, Context parent) {
    return tracer
        .spanBuilder(name)
        .setParent(parent)
        .setSpanKind(kind)
        .setStartTimestamp(START, TimeUnit.NANOSECONDS)
        .startSpan();
  }

  static void tellMetrics(OpenTelemetrySdk sdk, Span checkout) {
    Meter meter = sdk.meterBuilder(NAME).setInstrumentationVersion(VERSION).setSchemaUrl(SCHEMA).build();
    AttributeKey<String> channel = AttributeKey.stringKey("channel");
    LongCounter orders = meter.counterBuilder("shop.orders").setUnit("{order}").setDescription("Orders placed").build();
    orders.add(3, Attributes.of(channel, "web"));
    orders.add(4, Attributes.of(channel, "app"));
    LongUpDownCounter carts = meter.upDownCounterBuilder("shop.carts").build();
    carts.add(5);
    carts.add(-2);
    meter.gaugeBuilder("shop.temperature").setUnit("Cel").build().set(21.5);
    Context within = checkout.storeInContext(Context.root());
    DoubleHistogram latency =
        meter
            .histogramBuilder("shop.latency")
            .setUnit("ms")
            .setExplicitBucketBoundariesAdvice(List.of(1.0, 10.0, 100.0))
            .build();
    for (double value : new double[] {0.5, 5, 50, 500, 5}) {
      latency.record(value, Attributes.of(AttributeKey.stringKey("route"), "/pay"), within);
    }
    DoubleHistogram size = meter.histogramBuilder("shop.size").setUnit("By").build();
    for (double value : new double[] {0, 1, 2, 4, 8}) {
      size.record(value, Attributes.empty(), within);
    }
    meter.counterBuilder("shop.bytes").setUnit("By").buildWithCallback(result -> result.record(12345));
  }

  static void tellLogs(OpenTelemetrySdk sdk, Span checkout) {
    Logger logger =
        sdk.getSdkLoggerProvider().loggerBuilder(NAME).setInstrumentationVersion(VERSION).setSchemaUrl(SCHEMA).build();
    record(logger, Severity.INFO, Value.of("order placed"))
        .setContext(checkout.storeInContext(Context.root()))
        .setEventName("shop.order.placed")
        .setAttribute(AttributeKey.longKey("order"), 17L)
        .setAttribute(AttributeKey.booleanKey("gift"), true)
        .emit();
    Value<?> items = Value.of(List.of(Value.of("a"), Value.of(2), Value.of(0.5), Value.of(true)));
    Value<?> nested = Value.of(KeyValue.of("key", Value.of("value")));
    record(logger, Severity.WARN, Value.of(KeyValue.of("items", items), KeyValue.of("nested", nested))).emit();
    record(logger, Severity.ERROR, Value.of(new byte[] {0, 1, (byte) 255})).emit();
  }

  static LogRecordBuilder record(Logger logger, Severity severity, Value<?> body) {
    return logger
        .logRecordBuilder()
        .setTimestamp(START, TimeUnit.NANOSECONDS)
        .setSeverity(severity)
        .setSeverityText(severity.name())
        .setBody(body);
  }

  /**
   * Everything has been sent, or given up, when this returns. The SDK reads the settings as if they were its environment; those
   * with a dot are system properties.
   */
  static Map<String, Span> tell(Map<String, String> settings) {
    settings.entrySet().stream()
        .filter(entry -> entry.getKey().contains("."))
        .forEach(entry -> System.setProperty(entry.getKey(), entry.getValue()));
    Map<String, String> properties =
        settings.entrySet().stream()
            .collect(Collectors.toMap(entry -> entry.getKey().toLowerCase(Locale.ROOT).replace('_', '.'), Map.Entry::getValue));
    OpenTelemetrySdk sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(() -> properties)
            .addMeterProviderCustomizer(
                (builder, config) ->
                    builder.registerView(
                        InstrumentSelector.builder().setName("shop.size").build(),
                        View.builder().setAggregation(Aggregation.base2ExponentialBucketHistogram()).build()))
            .build()
            .getOpenTelemetrySdk();
    Map<String, Span> spans = tellSpans(sdk);
    tellMetrics(sdk, spans.get("checkout"));
    tellLogs(sdk, spans.get("checkout"));
    sdk.shutdown().join(30, TimeUnit.SECONDS);
    return spans;
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      Map<String, String> settings = new LinkedHashMap<>();
      for (String setting : line.split("\t")) {
        settings.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
      }
      System.out.println(
          tell(settings).entrySet().stream()
              .map(
                  entry ->
                      String.format(
                          "\"%s\": [\"%s\", \"%s\"]",
                          entry.getKey(),
                          entry.getValue().getSpanContext().getTraceId(),
                          entry.getValue().getSpanContext().getSpanId()))
              .collect(Collectors.joining(", ", "{", "}")));
      System.out.flush();
    }
  }

  private Program() {}
}
