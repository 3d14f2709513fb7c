package dev.toq.protocol.envelope;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.PeerText;
import dev.toq.protocol.wire.StrictBase64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a content type allows (specification sections 4.3 and 4.8). These are checks of the label and of the body's JSON
 * shape; the content itself stays opaque, so an executable that is labelled as something else passes (R-18.1-02).
 */
public final class ContentRules {
  /** R-4.8-02 */
  private static final List<String> EXECUTABLE = List.of(
      "application/x-executable",
      "application/x-msdos-program",
      "application/x-msdownload",
      "application/x-sharedlib",
      "application/vnd.microsoft.portable-executable");

  /** How a body of some content type is written in JSON. */
  public enum Shape {
    /** An object or an array. */
    JSON,
    /** A string. */
    TEXT,
    /** A string of base64. */
    BINARY
  }

  private ContentRules() {}

  /**
   * Whether this label names an executable or one of {@code alsoBlocked}: trimmed, in lower case, without parameters,
   * equal to a blocked name or longer than it. Senders ask this too.
   */
  public static boolean isBlocked(String contentType, List<String> alsoBlocked) {
    String label = label(contentType);
    return EXECUTABLE.stream().anyMatch(label::startsWith)
        || alsoBlocked.stream().map(ContentRules::label).filter(name -> !name.isEmpty()).anyMatch(label::startsWith);
  }

  static void requireAllowed(Envelope envelope, Terms terms) throws ProtocolException {
    if (envelope.contentType().isEmpty() || !envelope.type().carriesContent()) {
      return;
    }
    String contentType = envelope.contentType().get();
    // R-4.8-01, R-4.8-02, R-4.8-03, R-4.8-04, R-7.4-02, R-23.1-22
    if (isBlocked(contentType, terms.blockedContentTypes())) {
      throw new ProtocolException(ErrorCode.EXECUTABLE_CONTENT_BLOCKED,
          "Content of type '" + PeerText.shown(contentType, 128) + "' is blocked here.");
    }
    if (shape(contentType) == Shape.BINARY && !terms.acceptFiles()) { // R-23.1-08, A-31
      throw new ProtocolException(ErrorCode.UNSUPPORTED_CONTENT_TYPE,
          "Content of type '" + PeerText.shown(contentType, 128) + "' is not taken here: files are not accepted.");
    }
  }

  /** R-4.3-10: the body, or the data of a stream's part, has the shape that its content type asks for. */
  static void requireShape(Envelope envelope, Terms terms) throws ProtocolException {
    // An encrypted or compressed body is checked again in clear, by whoever decodes it.
    Optional<JsonValue> content = envelope.isEncoded() ? Optional.empty() : content(envelope);
    if (envelope.contentType().isEmpty() || content.isEmpty()) { // R-4.2-11, R-4.2-17
      return;
    }
    switch (shape(envelope.contentType().get())) {
      case JSON -> {
        if (!(content.get() instanceof JsonObject || content.get() instanceof JsonArray)) {
          throw EnvelopeFields.invalid("The body of a JSON message is neither an object nor an array.");
        }
      }
      case TEXT -> {
        if (!(content.get() instanceof JsonString)) {
          throw EnvelopeFields.invalid("The body of a text message is not a string.");
        }
      }
      case BINARY -> requireBinary(content.get(), terms);
    }
  }

  private static void requireBinary(JsonValue content, Terms terms) throws ProtocolException {
    Optional<byte[]> bytes =
        content instanceof JsonString(String text) ? StrictBase64.decode(text) : Optional.empty();
    if (bytes.isEmpty()) {
      throw EnvelopeFields.invalid("The body of a binary message is not base64.");
    }
    if (bytes.get().length > terms.maxFileBytes()) {
      throw new ProtocolException(ErrorCode.MESSAGE_TOO_LARGE,
          "The file has " + bytes.get().length + " bytes; " + terms.maxFileBytes() + " are accepted.");
    }
  }

  /** The part that the content type describes: a stream's parts carry it in {@code data}. */
  private static Optional<JsonValue> content(Envelope envelope) {
    if (!envelope.type().isStreamPart()) {
      return envelope.body();
    }
    return envelope.body().flatMap(body -> body instanceof JsonObject parts ? parts.get("data") : Optional.empty());
  }

  /** How a body of this content type is written. */
  public static Shape shape(String contentType) {
    String label = label(contentType);
    if (label.equals("application/json") || label.endsWith("+json")) {
      return Shape.JSON;
    }
    return label.startsWith("text/") ? Shape.TEXT : Shape.BINARY;
  }

  /** The type without parameters, spaces and case; control characters at its ends count as spaces. */
  private static String label(String contentType) {
    int parameters = contentType.indexOf(';');
    String label = parameters < 0 ? contentType : contentType.substring(0, parameters);
    int start = 0;
    int end = label.length();
    while (start < end && isBlank(label.charAt(start))) {
      start++;
    }
    while (end > start && isBlank(label.charAt(end - 1))) {
      end--;
    }
    return label.substring(start, end).toLowerCase(Locale.ROOT);
  }

  private static boolean isBlank(char character) {
    return Character.isWhitespace(character) || Character.isSpaceChar(character)
        || Character.isISOControl(character) || Character.getType(character) == Character.FORMAT;
  }
}
