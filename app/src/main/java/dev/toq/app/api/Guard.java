package dev.toq.app.api;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Stands in front of every route. The interface has no password: whoever reaches it may speak for the owner. So only
 * programs on this machine that mean to call it may pass, and neither a web page in the owner's browser, nor a name
 * that was rebound to loopback, nor a proxy that carries requests of others:
 *
 * <ol>
 *   <li>the socket's other end is loopback; no header can claim otherwise;
 *   <li>no header says that the request was passed on for somebody else;
 *   <li>{@code Host} is this machine's own name for itself, with our port;
 *   <li>a browser's {@code Origin} is our own, and its {@code Sec-Fetch-Site} names no other site;
 *   <li>a body is declared as JSON, which a page of another site cannot do without asking first, and we never say yes.
 * </ol>
 *
 * A refusal happens before a body is read and before any route is looked up.
 */
final class Guard extends Handler.Wrapper {
  private static final HttpField NO_SNIFF = new PreEncodedHttpField("X-Content-Type-Options", "nosniff");
  private static final HttpField NO_STORE = new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store");
  private static final HttpField JSON = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "application/json");

  /** Headers that proxies, tunnels and content networks add, in lower case, besides all that begin x-forwarded. */
  private static final Set<String> PASSED_ON = Set.of("forwarded", "via", "x-real-ip", "x-client-ip", "client-ip",
      "x-cluster-client-ip", "x-original-forwarded-for", "x-original-host", "true-client-ip", "cf-connecting-ip",
      "fastly-client-ip");

  private static final Set<String> FRIENDLY_SITES = Set.of("none", "same-origin");

  private final Set<String> hosts;

  /** @param port the one on which callers reach us: part of the names we answer to */
  Guard(int port) {
    this.hosts = Stream.of("127.0.0.1", "localhost", "[::1]")
        .flatMap(name -> port == 80 ? Stream.of(name, name + ":80") : Stream.of(name + ":" + port))
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Optional<ApiError> refusal = refusal(request);
    if (refusal.isPresent()) {
      answer(response, callback, refusal.get());
      return true;
    }
    response.getHeaders().add(NO_SNIFF).add(NO_STORE);
    return super.handle(request, response, callback);
  }

  /** Writes an error and ends the exchange. Also for what fails before or beside the routes. */
  static void answer(Response response, Callback callback, ApiError error) {
    byte[] body = error.body();
    response.setStatus(error.status());
    response.getHeaders().put(NO_SNIFF).put(NO_STORE).put(JSON).put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(true, ByteBuffer.wrap(body), callback);
  }

  private Optional<ApiError> refusal(Request request) {
    if (!(request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress caller)
        || caller.getAddress() == null
        || !caller.getAddress().isLoopbackAddress()) {
      return forbidden("only programs on this machine may call"); // R-27.5-02
    }
    HttpFields headers = request.getHeaders();
    for (HttpField header : headers) {
      if (isPassedOn(header)) {
        return forbidden("a request with the header " + header.getName() + " was passed on for somebody else");
      }
    }
    return hostRefusal(request)
        .or(() -> browserRefusal(headers))
        .or(() -> bodyRefusal(headers));
  }

  private static boolean isPassedOn(HttpField header) {
    HttpHeader known = header.getHeader();
    if (known != null && known != HttpHeader.FORWARDED && known != HttpHeader.VIA
        && !known.lowerCaseName().startsWith("x-")) {
      return false; // the common case, without making a lower-case copy
    }
    String name = header.getLowerCaseName();
    return name.startsWith("x-forwarded") || PASSED_ON.contains(name);
  }

  private Optional<ApiError> hostRefusal(Request request) {
    List<String> named = request.getHeaders().getValuesList("Host");
    HttpURI target = request.getHttpURI();
    if (target.getAuthority() != null && !isOurs(target.getAuthority())) {
      return forbidden("this is not the host that the request names: " + target.getAuthority());
    }
    if (named.isEmpty()) {
      // Small scripts ask for the status in HTTP/1.0, which has no Host. No browser does.
      boolean plain = request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0
          && request.getMethod().equals("GET");
      return plain ? Optional.empty() : forbidden("a Host header is needed");
    }
    return named.size() == 1 && isOurs(named.getFirst())
        ? Optional.empty()
        : forbidden("this is not the host that the request names: " + named.getFirst());
  }

  private boolean isOurs(String host) {
    return hosts.contains(host) || hosts.contains(host.toLowerCase(Locale.ROOT));
  }

  private static Optional<ApiError> browserRefusal(HttpFields headers) {
    Optional<String> ours = Optional.ofNullable(headers.get(HttpHeader.HOST)).map(host -> "http://" + host);
    for (String origin : headers.getValuesList(HttpHeader.ORIGIN)) {
      if (ours.filter(own -> own.equalsIgnoreCase(origin)).isEmpty()) {
        return forbidden("pages of " + origin + " may not call");
      }
    }
    for (String site : headers.getValuesList("Sec-Fetch-Site")) {
      if (!FRIENDLY_SITES.contains(String.valueOf(site))) {
        return forbidden("pages of another site may not call");
      }
    }
    return Optional.empty();
  }

  private static Optional<ApiError> bodyRefusal(HttpFields headers) {
    List<String> types = headers.getValuesList(HttpHeader.CONTENT_TYPE);
    boolean hasBody = headers.contains(HttpHeader.TRANSFER_ENCODING)
        || headers.getLongField(HttpHeader.CONTENT_LENGTH) > 0;
    if (types.isEmpty() && !hasBody || types.size() == 1 && isJson(types.getFirst())) {
      return Optional.empty();
    }
    return Optional.of(ApiError.ofStatus(415, "a body has to be sent as Content-Type: application/json"));
  }

  /** {@code application/json} or {@code application/…+json}; a charset, if named, is UTF-8. */
  static boolean isJson(String contentType) {
    String[] parts = contentType.toLowerCase(Locale.ROOT).split(";", -1);
    String type = parts[0].strip();
    if (!type.equals("application/json") && !(type.startsWith("application/") && type.endsWith("+json"))) {
      return false;
    }
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip().replace("\"", "");
      if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
        return false;
      }
    }
    return true;
  }

  private static Optional<ApiError> forbidden(String message) {
    return Optional.of(ApiError.ofStatus(403, message));
  }
}
