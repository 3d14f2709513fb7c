package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.StoredMessageJson;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * Asks the daemon on this machine. One connection per request, over a plain socket: the JDK's HTTP client alone would
 * cost more start-up time than a command may take.
 */
final class LocalApi {
  /** Loopback answers at once or not at all. */
  private static final Duration CONNECT = Duration.ofMillis(500);

  private static final int MAX_ANSWER_BYTES = 256 * 1024 * 1024;

  private final int port;

  LocalApi(int port) {
    this.port = port;
  }

  /** An answer with its whole body. */
  record Answer(int status, byte[] body) {
    boolean succeeded() {
      return status / 100 == 2;
    }

    /** The body as a JSON object, such as {@code {"messages":[…]}}. */
    JsonObject json() throws IOException {
      try {
        if (StrictJson.parse(body, StoredMessageJson.DEPTH + 2) instanceof JsonObject object) {
          return object;
        }
      } catch (JsonException e) {
        throw new IOException("the daemon's answer is not JSON: " + e.getMessage(), e);
      }
      throw new IOException("the daemon's answer is not a JSON object");
    }

    /** The body of a request that succeeded; else the failure that the daemon tells, with this hint. */
    JsonObject jsonOr(String hint) throws Failure, IOException {
      return orFail(hint).json();
    }

    /** This answer, where the request succeeded, which may have no body. */
    Answer orFail(String hint) throws Failure {
      if (!succeeded()) {
        throw Failure.of(errorMessage(), hint);
      }
      return this;
    }

    /** The error code of a failed request; {@code internal_error} where the answer names none. */
    String errorCode() {
      return error("code").orElse("internal_error");
    }

    /** The sentence of a failed request, safe to show. It may quote what a peer said. */
    String errorMessage() {
      return PeerText.shown(error("message").orElse("the daemon answered with HTTP status " + status));
    }

    private Optional<String> error(String member) {
      try {
        return json().get("error").orElse(null) instanceof JsonObject error ? error.text(member) : Optional.empty();
      } catch (IOException e) {
        return Optional.empty(); // a body that is no JSON names no error; the status is all there is to tell
      }
    }
  }

  /** Takes the lines of an event stream one by one; false ends the stream. */
  interface Lines {
    boolean take(String line) throws Failure;
  }

  Answer get(String path, Duration timeout) throws IOException {
    return ask("GET", path, Optional.empty(), timeout);
  }

  Answer post(String path, JsonValue body, Duration timeout) throws IOException {
    return ask("POST", path, Optional.of(body), timeout);
  }

  /**
   * Sends one request and reads its whole answer.
   *
   * @param timeout for the time between two reads
   * @throws java.net.ConnectException where nobody listens
   */
  Answer ask(String method, String path, Optional<JsonValue> body, Duration timeout) throws IOException {
    try (Socket socket = connect()) {
      socket.setSoTimeout((int) timeout.toMillis());
      request(socket, method, path, "application/json", body);
      HttpAnswer answer = new HttpAnswer(new BufferedInputStream(socket.getInputStream()));
      byte[] bytes = answer.readNBytes(MAX_ANSWER_BYTES + 1);
      if (bytes.length > MAX_ANSWER_BYTES) {
        throw new IOException("the daemon's answer is longer than " + MAX_ANSWER_BYTES + " bytes");
      }
      return new Answer(answer.status(), bytes);
    }
  }

  /**
   * Reads an event stream until the daemon or the taker ends it.
   *
   * @param opened runs once the daemon has answered, so that nothing sent after that is missed
   * @param silence longest time without a line; the daemon sends keep-alive comments
   */
  void stream(String path, Duration silence, Opened opened, Lines lines) throws IOException, Failure {
    try (Socket socket = connect()) {
      socket.setSoTimeout((int) silence.toMillis());
      request(socket, "GET", path, "text/event-stream", Optional.empty());
      HttpAnswer answer = new HttpAnswer(new BufferedInputStream(socket.getInputStream()));
      if (answer.status() != 200) {
        throw new IOException("the daemon answered with HTTP status " + answer.status());
      }
      opened.run();
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      InputStream body = new BufferedInputStream(answer);
      for (int next = body.read(); next >= 0; next = body.read()) {
        if (next != '\n') {
          line.write(next);
          continue;
        }
        if (!lines.take(line.toString(StandardCharsets.UTF_8))) {
          return;
        }
        line.reset();
      }
    }
  }

  /** What to do when a stream is open. */
  interface Opened {
    void run() throws IOException, Failure;
  }

  /** Whether a daemon answers here. */
  boolean healthy(Duration timeout) {
    try {
      return get("/v1/health", timeout).succeeded();
    } catch (IOException e) {
      return false; // no answer is the answer
    }
  }

  /** Whether anybody takes connections here. */
  boolean listens() {
    try (Socket socket = connect()) {
      return socket.isConnected();
    } catch (IOException e) {
      return false; // refused is the answer
    }
  }

  /** Percent-encodes a text for a path segment or a query value (RFC 3986). */
  static String encoded(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      boolean plain = b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || "-._~".indexOf(b) >= 0;
      if (plain) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(hex(b >> 4)).append(hex(b));
      }
    }
    return encoded.toString();
  }

  private static char hex(int nibble) {
    return "0123456789ABCDEF".charAt(nibble & 15);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      socket.connect(new InetSocketAddress(loopback, port), (int) CONNECT.toMillis());
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private void request(Socket socket, String method, String path, String accept, Optional<JsonValue> body)
      throws IOException {
    byte[] content = body.isPresent() ? StrictJson.write(body.get()) : new byte[0];
    StringBuilder head = new StringBuilder(200);
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1:").append(port);
    head.append("\r\nAccept: ").append(accept).append("\r\nConnection: close\r\n");
    if (body.isPresent()) {
      head.append("Content-Type: application/json\r\n");
    }
    if (!method.equals("GET")) {
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = Arrays.copyOf(start, start.length + content.length);
    System.arraycopy(content, 0, all, start.length, content.length);
    socket.getOutputStream().write(all);
  }
}
