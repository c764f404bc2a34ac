import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.logging.Logger;

/**
 * A shop's stock, of the JDK's own HTTP server: GET /stock asks the next service and says which trace headers it got itself. Nothing
 * in it knows about OpenTelemetry. NEXT is the URL that it asks.
 */
public final class Stock {
  private static final Logger LOG = Logger.getLogger("stock");
  private static final Map<String, String> ENVIRONMENT = System.getenv();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(ENVIRONMENT.getOrDefault("PORT", "8080"));
    HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", port), 0);
    server.createContext("/health", exchange -> answer(exchange, "ok"));
    server.createContext("/stock", Stock::stock);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.start();
  }

  private static void stock(HttpExchange exchange) throws IOException {
    LOG.info("stock asked for");
    String following = ENVIRONMENT.containsKey("NEXT") ? ask(URI.create(ENVIRONMENT.get("NEXT"))) : "null";
    String headers = "{\"traceparent\": %s, \"baggage\": %s}".formatted(header(exchange, "traceparent"), header(exchange, "baggage"));
    answer(exchange, "{\"service\": \"stock\", \"headers\": %s, \"next\": %s}".formatted(headers, following));
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "null" : "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static String ask(URI next) throws IOException {
    try {
      return CLIENT.send(HttpRequest.newBuilder(next).build(), HttpResponse.BodyHandlers.ofString()).body();
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", error);
    }
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
