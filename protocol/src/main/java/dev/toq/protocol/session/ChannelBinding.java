package dev.toq.protocol.session;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * What ties the signed envelopes of a setup to the TLS connection that carries them. Each side signs a value
 * that only the two ends of one TLS connection can compute (its exporter, RFC 8446 section 7.5). Who relays between two
 * TLS connections finds two different values, can change neither without breaking a signature, and can leave neither
 * out, because it stands in a body that is signed. Each role has its own label, so no value can be sent back to its
 * author. Peers that do not know the member ignore it and send none.
 *
 * @param own what we sign: base64 of 32 bytes
 * @param expected what the peer must sign: base64 of 32 bytes
 * @param isRequired whether the peer's key bound before: from then on it always must
 */
public record ChannelBinding(String own, String expected, boolean isRequired) {
  /** The name of the member, in {@code features} and in bodies. */
  public static final String MEMBER = "channel_binding";

  /** Bytes of an exported value. */
  public static final int BYTES = 32;

  private static final String INITIATOR_LABEL = "EXPERIMENTAL-toq-channel-binding-initiator";

  private static final String RECEIVER_LABEL = "EXPERIMENTAL-toq-channel-binding-receiver";

  /** The exporter of one TLS connection whose handshake is done. */
  @FunctionalInterface
  public interface Exporter {
    /** The value for this label, an empty context (not an absent one) and this length in bytes. */
    byte[] export(String label, int length) throws IOException;
  }

  /** Throws IllegalArgumentException where a value is not base64 of 32 bytes, or both are one. */
  public ChannelBinding {
    if (!isValue(own) || !isValue(expected) || own.equals(expected)) {
      throw new IllegalArgumentException("a channel binding is two different values of " + BYTES + " bytes");
    }
  }

  /** The binding of a connection that we opened. */
  public static ChannelBinding asInitiator(Exporter tls, boolean isRequired) throws IOException {
    return new ChannelBinding(value(tls, INITIATOR_LABEL), value(tls, RECEIVER_LABEL), isRequired);
  }

  /** The binding of a connection that a peer opened. */
  public static ChannelBinding asReceiver(Exporter tls, boolean isRequired) throws IOException {
    return new ChannelBinding(value(tls, RECEIVER_LABEL), value(tls, INITIATOR_LABEL), isRequired);
  }

  private static String value(Exporter tls, String label) throws IOException {
    return StrictBase64.encode(tls.export(label, BYTES));
  }

  private static boolean isValue(String text) {
    return StrictBase64.decode(text).filter(bytes -> bytes.length == BYTES).isPresent();
  }

  /** These members and our value. */
  JsonObject addTo(JsonObject members) {
    JsonValue.Builder bound = JsonObject.builder();
    members.members().forEach(bound::put);
    return bound.put(MEMBER, own).build();
  }

  /**
   * Holds the peer's value in a verified envelope against the one of this connection.
   *
   * @param members where the value stands in it
   * @return whether the peer bound itself
   * @throws ProtocolException never answered: the connection is relayed, or the peer's key bound before and does not
   *     now
   */
  boolean check(Envelope envelope, JsonObject members) throws ProtocolException {
    Optional<JsonValue> theirs = members.get(MEMBER);
    if (theirs.isEmpty()) {
      if (isRequired) {
        throw refused(envelope, "is not bound to this connection, but its key has always bound itself before");
      }
      return false;
    }
    if (!(theirs.get() instanceof JsonString(String value)) || !isExpected(value)) {
      throw refused(envelope, "was signed for another TLS connection: somebody relays between you and this peer");
    }
    return true;
  }

  private boolean isExpected(String value) { // R-13.6-01
    return MessageDigest.isEqual(
        value.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
  }

  private static ProtocolException refused(Envelope envelope, String what) {
    return new ProtocolException(
        ErrorCode.PROTOCOL_VIOLATION, "The " + envelope.type().wire() + " " + what + ".").unanswered();
  }
}
