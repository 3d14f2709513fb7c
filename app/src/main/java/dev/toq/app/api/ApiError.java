package dev.toq.app.api;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import dev.toq.protocol.wire.StrictJson;
import java.util.Optional;

/**
 * An answer that is not a success: its status, a code for programs and a sentence for people. The sentence may quote
 * what a peer or a caller wrote; it is escaped here.
 */
final class ApiError extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;
  private final transient Optional<JsonObject> more;

  ApiError(int status, String code, String message) {
    this(status, code, message, Optional.empty());
  }

  /** @param more members that stand beside {@code error} */
  ApiError(int status, String code, String message, Optional<JsonObject> more) {
    super(PeerText.shown(message, 1000), null, false, false);
    this.status = status;
    this.code = code;
    this.more = more;
  }

  /** Something in the request is not as it should be, though it could be read. */
  static ApiError invalid(String message) {
    return new ApiError(400, "invalid_request", message);
  }

  /** JSON of the wrong shape. */
  static ApiError shape(String message) {
    return new ApiError(422, "invalid_request", message);
  }

  static ApiError notFound(String message) {
    return new ApiError(404, "not_found", message);
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  /** {@code {"error":{"code":…,"message":…}}} */
  byte[] body() {
    var error = JsonObject.builder().put("code", code).put("message", String.valueOf(getMessage())).build();
    var whole = JsonObject.builder().put("error", error);
    more.ifPresent(members -> members.members().forEach(whole::put));
    return StrictJson.write(whole.build());
  }

  /** The code for a failure that HTTP itself names by its status, for example one found while reading a request. */
  static ApiError ofStatus(int status, String reason) {
    String code = switch (status) {
      case 403 -> "forbidden";
      case 404 -> "not_found";
      case 405 -> "method_not_allowed";
      case 408 -> "request_timeout";
      case 413 -> "message_too_large";
      case 415 -> "unsupported_media_type";
      case 429, 503 -> "unavailable";
      default -> status >= 500 ? "internal_error" : "invalid_request";
    };
    return new ApiError(status, code, reason);
  }
}
