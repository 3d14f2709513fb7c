package dev.toq.protocol.body;

import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The two algorithms of specification section 6.3 (R-6.3-02). Both decoders find out how long the clear text is before
 * they make room for it, and make room once: a text that is longer than allowed, or that claims a length it does not
 * have, costs at most the allowed length and the decoder's own state.
 */
public enum Compression {
  ZSTD {
    @Override
    byte[] compress(byte[] clear) {
      return Zstd.compress(clear);
    }

    @Override
    byte[] decompress(byte[] compressed, int limit) throws ProtocolException {
      return Zstd.decompress(compressed, limit);
    }
  },
  GZIP {
    @Override
    byte[] compress(byte[] clear) {
      return Gzip.compress(clear);
    }

    @Override
    byte[] decompress(byte[] compressed, int limit) throws ProtocolException {
      return Gzip.decompress(compressed, limit);
    }
  };

  /** Every algorithm's name, in the order of preference: what {@code features} of a request offers. */
  public static List<String> names() {
    return Arrays.stream(values()).map(Compression::wire).toList();
  }

  /** The algorithm of this name, or empty for one that specification 0.1 does not know. */
  public static Optional<Compression> ofWire(String name) {
    return Arrays.stream(values()).filter(algorithm -> algorithm.wire().equals(name)).findAny();
  }

  /** The name as it stands in the field {@code compression}. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** One complete compressed text; never fails. */
  abstract byte[] compress(byte[] clear);

  /**
   * The clear text of exactly one compressed one, with nothing before, between or after.
   *
   * @param limit most bytes of clear text
   * @throws ProtocolException {@code message_too_large} beyond the limit, {@code invalid_envelope} for anything that is
   *     not one sound compressed text; it names no id
   */
  abstract byte[] decompress(byte[] compressed, int limit) throws ProtocolException;

  static ProtocolException corrupt(String what) {
    return new ProtocolException(ErrorCode.INVALID_ENVELOPE, "The compressed body is broken: " + what + ".");
  }

  /** @param length of the clear text, as an unsigned number */
  static void requireAtMost(long length, int limit) throws ProtocolException {
    if (Long.compareUnsigned(length, limit) > 0) {
      throw tooLarge(limit);
    }
  }

  static ProtocolException tooLarge(int limit) {
    return new ProtocolException(ErrorCode.MESSAGE_TOO_LARGE,
        "The body has more than " + limit + " bytes once it is decompressed.");
  }
}
