package dev.toq.app.api;

import dev.toq.protocol.Spec;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictJson;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/** One request and the answer to it. Reads throw {@link ApiError} where the caller made a mistake. */
final class Call {
  private final Context context;
  private final ApiLimits limits;

  Call(Context context, ApiLimits limits) {
    this.context = context;
    this.limits = limits;
  }

  boolean isHead() {
    return context.req().getMethod().equals("HEAD");
  }

  /** A path parameter, percent-decoded; {@code +} stays what it is. */
  String path(String name) {
    return context.pathParam(name);
  }

  /** The first query value of this name, decoded; unknown names are ignored. */
  Optional<String> query(String name) {
    String query = context.queryString();
    if (query == null) {
      return Optional.empty();
    }
    for (String pair : query.split("&")) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      if (decoded(key).equals(name)) {
        return Optional.of(equals < 0 ? "" : decoded(pair.substring(equals + 1)));
      }
    }
    return Optional.empty();
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw ApiError.invalid("the query has a bad percent sign");
    }
  }

  /** A query value that is exactly {@code true} or {@code false}. */
  boolean flag(String name, boolean otherwise) {
    Optional<String> text = query(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    return switch (text.get()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw ApiError.invalid(name + " is true or false");
    };
  }

  /** A query value that is a whole number from {@code least} to {@code most}. */
  int number(String name, int otherwise, int least, int most) {
    Optional<String> text = query(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text.get());
      if (number >= least && number <= most && Character.isDigit(text.get().charAt(0))) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw ApiError.invalid(name + " is a whole number from " + least + " to " + most);
    }
    throw ApiError.invalid(name + " is a whole number from " + least + " to " + most);
  }

  /** The body as a JSON object. */
  JsonObject object() throws IOException {
    return object(Spec.MAX_JSON_DEPTH);
  }

  /** The same, with at most so many nested containers. */
  JsonObject object(int depth) throws IOException {
    if (context.req().getContentType() == null) {
      throw ApiError.ofStatus(415, "a JSON object has to be sent as Content-Type: application/json");
    }
    return parsed(body(), depth);
  }

  /** As {@link #object()}, where the body may be left out. */
  JsonObject objectOrNothing() throws IOException {
    byte[] body = body();
    return body.length == 0 ? JsonObject.builder().build() : parsed(body, Spec.MAX_JSON_DEPTH);
  }

  private static JsonObject parsed(byte[] body, int depth) {
    if (body.length == 0) {
      throw ApiError.invalid("the body is empty; a JSON object is expected");
    }
    try {
      if (StrictJson.parse(body, depth) instanceof JsonObject object) {
        return object;
      }
    } catch (JsonException e) {
      throw ApiError.invalid("the body is not JSON: " + e.getMessage());
    }
    throw ApiError.shape("the body is a JSON object");
  }

  /** The length that the caller declared, or -1. */
  long declaredLength() {
    return context.req().getContentLengthLong();
  }

  private byte[] body() throws IOException {
    int most = limits.maxRequestBytes();
    long declared = declaredLength();
    if (declared > most) {
      throw tooLarge(most);
    }
    if (declared == 0) {
      return new byte[0];
    }
    long deadline = System.nanoTime() + limits.bodyTime().toNanos();
    var body = new ByteArrayOutputStream(declared > 0 ? (int) declared : 1024);
    byte[] part = new byte[(int) (declared > 0 ? Math.min(declared, 8192) : 8192)];
    try {
      InputStream in = context.req().getInputStream();
      for (int read = in.read(part); read >= 0; read = in.read(part)) {
        body.write(part, 0, read);
        if (body.size() > most) {
          throw tooLarge(most);
        }
        if (System.nanoTime() > deadline) {
          throw slow();
        }
      }
    } catch (IOException e) {
      throw e.getCause() instanceof TimeoutException
          ? slow()
          : ApiError.invalid("the body could not be read: " + e.getMessage());
    }
    return body.toByteArray();
  }

  private ApiError slow() {
    return ApiError.ofStatus(408, "a body has to arrive within " + limits.bodyTime().toSeconds() + " s");
  }

  private static ApiError tooLarge(int most) {
    return new ApiError(413, "message_too_large", "a request body is at most " + most + " bytes");
  }

  /** A required member that is a string. */
  static String text(JsonObject object, String name) {
    return optionalText(object, name).orElseThrow(() -> ApiError.shape(name + " is missing"));
  }

  /** A member that is a string where it is there; {@code null} counts as absent. */
  static Optional<String> optionalText(JsonObject object, String name) {
    return switch (object.get(name).orElse(JsonNull.NULL)) {
      case JsonNull ignored -> Optional.empty();
      case JsonString(String text) -> Optional.of(text);
      case JsonValue other -> throw ApiError.shape(name + " is a string");
    };
  }

  /** A member that is true or false where it is there. */
  static boolean optionalFlag(JsonObject object, String name, boolean otherwise) {
    return switch (object.get(name).orElse(JsonNull.NULL)) {
      case JsonNull ignored -> otherwise;
      case JsonBoolean flag -> flag == JsonBoolean.TRUE;
      case JsonValue other -> throw ApiError.shape(name + " is true or false");
    };
  }

  /** Answers with JSON. */
  void reply(int status, JsonValue value) throws IOException {
    write(status, "application/json", StrictJson.write(value));
  }

  /** Answers 200 with a plain text. */
  void replyText(String text) throws IOException {
    write(200, "text/plain", text.getBytes(StandardCharsets.UTF_8));
  }

  /** Answers 200 with what is written to this, whose length need not be known. */
  OutputStream replyLong(String contentType) throws IOException {
    HttpServletResponse response = context.res();
    response.setStatus(200);
    response.setContentType(contentType);
    return response.getOutputStream();
  }

  /** Answers 200 with nothing. */
  void replyEmpty() {
    HttpServletResponse response = context.res();
    response.setStatus(200);
    response.setContentType(null);
    response.setContentLength(0);
  }

  void reply(ApiError error) throws IOException {
    if (!isBodyOver(error)) {
      header("Connection", "close");
    }
    write(error.status(), "application/json", error.body());
  }

  /** What is left unread of a body would end the connection without a word, under the caller's next request. */
  private boolean isBodyOver(ApiError error) throws IOException {
    if (error.status() == 413 || error.status() == 408) {
      return false;
    }
    try {
      body(); // nothing more where it was read
      return true;
    } catch (ApiError unreadable) {
      return false;
    }
  }

  /** Puts a header on the answer. */
  void header(String name, String value) {
    context.res().setHeader(name, value);
  }

  /** The answer itself, for one that is a stream. */
  HttpServletResponse response() {
    return context.res();
  }

  private void write(int status, String contentType, byte[] body) throws IOException {
    HttpServletResponse response = context.res();
    response.setStatus(status);
    response.setContentType(contentType);
    response.setContentLength(body.length);
    response.getOutputStream().write(body); // Jetty leaves the body of a HEAD out
  }
}
