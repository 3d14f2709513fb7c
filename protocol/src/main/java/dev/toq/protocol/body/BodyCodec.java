package dev.toq.protocol.body;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import dev.toq.protocol.wire.StrictJson;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Bodies as one ACTIVE connection carries them, and back:
 *
 * <pre>
 *   body as JSON -> UTF-8 text -> compressed -> encrypted -> base64 -> body on the wire, a string -> signed
 * </pre>
 *
 * The whole body takes part: of a stream's part, {@code stream_id} and {@code data} together. Only messages, closing
 * messages and streams' parts have a body that is worth it; the protocol's own envelopes are always in clear. A missing
 * body stays missing. Any number of threads may use one codec, if its random generator allows it.
 */
public final class BodyCodec {
  /** A shorter body, in bytes of JSON, is not compressed: the base64 would eat what there is to gain. */
  static final int MIN_COMPRESSED_BYTES = 1024;

  /**
   * What the specification leaves to each side.
   *
   * @param compressEncrypted compress also what is encrypted: then the length of a message tells about its content
   * @param refusePlaintext refuse a body in clear from a peer that agreed to encrypt
   */
  public record Choices(boolean compressEncrypted, boolean refusePlaintext) {
    /** Neither. */
    public static final Choices DEFAULT = new Choices(false, false);
  }

  /** Whether others than the two agents can have read a received body. */
  public enum Secrecy {
    /** The body came encrypted, and was not changed. */
    ENCRYPTED,
    /** Nothing was to be encrypted: the feature was not negotiated, or the envelope holds no content. */
    NOT_DUE,
    /** Encryption was negotiated, and the peer sent this body in clear: the owner is told. */
    MISSING
  }

  /** A received envelope with its body in clear. */
  public record Opened(Envelope envelope, Secrecy secrecy) {}

  private final Terms terms;
  private final long peerMaxBytes;
  private final Optional<Compression> compression;
  private final Optional<EndToEnd> endToEnd;
  private final RandomGenerator random;
  private final Choices choices;

  /**
   * A codec for one connection.
   *
   * @param peerMaxBytes largest message that the peer takes, by its card
   * @param endToEnd what our key and the peer's share; present if and only if the terms have it
   * @param random where nonces come from: a {@code SecureRandom} in a daemon
   */
  public BodyCodec(
      Terms terms, long peerMaxBytes, Optional<EndToEnd> endToEnd, RandomGenerator random, Choices choices) {
    if (terms.endToEnd() != endToEnd.isPresent()) {
      throw new IllegalArgumentException("there is a shared secret if and only if encryption was negotiated");
    }
    this.terms = terms;
    this.peerMaxBytes = peerMaxBytes;
    this.compression = terms.compression().flatMap(Compression::ofWire);
    this.endToEnd = endToEnd;
    this.random = random;
    this.choices = choices;
  }

  /**
   * The envelope with its body in clear, decrypted and then decompressed, and checked again as if it had come so.
   *
   * @param received an envelope that {@link EnvelopeCheck} has accepted under the same terms
   * @throws ProtocolException about this envelope, of which nothing may be used: {@code invalid_envelope} where it does
   *     not open or does not hold what its type needs, {@code message_too_large} where it grows beyond the limit
   */
  public Opened opened(Envelope received) throws ProtocolException {
    try {
      if (!received.type().carriesContent() || received.body().isEmpty()) {
        return new Opened(received, Secrecy.NOT_DUE);
      }
      if (!received.isEncoded()) {
        return new Opened(received, secrecyOfPlain());
      }
      Optional<JsonValue> body = Optional.of(parse(decoded(received))).filter(value -> value != JsonNull.NULL);
      Envelope clear = received.withForm(Optional.empty(), Optional.empty(), body);
      EnvelopeCheck.requireSoundBody(clear, terms); // R-4.3-10, R-4.2-16: in clear now
      return new Opened(clear, received.e2eNonce().isPresent() ? Secrecy.ENCRYPTED : secrecyOfPlain());
    } catch (ProtocolException fault) {
      throw fault.about(received.id());
    }
  }

  /**
   * The envelope as it goes on the wire under the negotiated terms: encrypted wherever that was agreed (R-13.5-01),
   * compressed where it was agreed and gains something (R-4.2-13), and left alone where neither applies.
   *
   * @param draft an envelope whose body is in clear
   * @throws WornKeyException where this pair of keys must not encrypt any more
   */
  public Envelope sealed(Envelope draft) throws WornKeyException {
    if (draft.isEncoded()) {
      throw new IllegalArgumentException("a draft is in clear");
    }
    boolean mayCompress = compression.isPresent() && (endToEnd.isEmpty() || choices.compressEncrypted());
    if (!draft.type().carriesContent() || draft.body().isEmpty() || !(mayCompress || endToEnd.isPresent())) {
      return draft;
    }
    byte[] text = StrictJson.write(draft.body().get());
    Optional<byte[]> smaller = mayCompress ? smaller(text) : Optional.empty();
    Optional<String> algorithm = smaller.flatMap(bytes -> compression).map(Compression::wire);
    if (endToEnd.isPresent()) { // R-13.5-03
      EndToEnd.Secret secret = endToEnd.get().encrypt(smaller.orElse(text), draft.id(), random);
      return draft.withForm(
          algorithm, Optional.of(StrictBase64.encode(secret.nonce())), Optional.of(base64(secret.ciphertext())));
    }
    return smaller.isPresent()
        ? draft.withForm(algorithm, Optional.empty(), Optional.of(base64(smaller.get()))) : draft;
  }

  private Secrecy secrecyOfPlain() throws ProtocolException {
    if (endToEnd.isEmpty()) {
      return Secrecy.NOT_DUE;
    }
    if (choices.refusePlaintext()) {
      throw invalid("Encryption was agreed, and this body is in clear.");
    }
    return Secrecy.MISSING;
  }

  private byte[] decoded(Envelope received) throws ProtocolException {
    byte[] bytes = base64(received.body().orElse(JsonNull.NULL));
    if (received.e2eNonce().isPresent()) {
      byte[] nonce = StrictBase64.decode(received.e2eNonce().get())
          .filter(decoded -> decoded.length == EndToEnd.NONCE_BYTES)
          .orElseThrow(() -> invalid("The field 'e2e_nonce' is no nonce."));
      bytes = endToEnd.orElseThrow(() -> invalid("End-to-end encryption was not negotiated.")) // R-13.5-01
          .decrypt(nonce, bytes, received.id());
    }
    if (received.compression().isPresent()) {
      bytes = compression.filter(agreed -> received.compression().get().equals(agreed.wire()))
          .orElseThrow(() -> new ProtocolException(
              ErrorCode.COMPRESSION_NOT_NEGOTIATED, "This compression was not negotiated.")) // R-4.3-11
          .decompress(bytes, terms.maxMessageBytes());
    }
    return bytes;
  }

  /**
   * The compressed text where that makes the body smaller on the wire. What the peer could not take in clear is left
   * as it is: it would refuse it after decompressing, and in clear our own check of the size says so at once.
   */
  private Optional<byte[]> smaller(byte[] text) {
    if (text.length < MIN_COMPRESSED_BYTES || text.length > peerMaxBytes) {
      return Optional.empty();
    }
    return compression.map(algorithm -> algorithm.compress(text))
        .filter(bytes -> (bytes.length + 2) / 3 * 4 + 2 < text.length);
  }

  private static JsonValue parse(byte[] text) throws ProtocolException {
    try {
      return StrictJson.parse(text, Spec.MAX_JSON_DEPTH - 1); // in clear, the envelope would be around it
    } catch (JsonException e) {
      throw invalid("The decoded body is not sound JSON: " + e.getMessage() + ".");
    }
  }

  private static JsonString base64(byte[] bytes) {
    return new JsonString(StrictBase64.encode(bytes));
  }

  private static byte[] base64(JsonValue body) throws ProtocolException {
    Optional<byte[]> bytes = body instanceof JsonString(String text) ? StrictBase64.decode(text) : Optional.empty();
    return bytes.orElseThrow(() -> invalid("A compressed or encrypted body is base64; this one is not."));
  }

  private static ProtocolException invalid(String reason) {
    return new ProtocolException(ErrorCode.INVALID_ENVELOPE, reason);
  }
}
