package dev.toq.protocol.session;

import dev.toq.protocol.crypto.Sha256;
import dev.toq.protocol.wire.StrictBase64;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The one-time code of an invitation: 16 random bytes, too many to be guessed by whoever sees a proof. Who made the
 * invitation keeps the {@link #name} and the {@link #proofKey} alone, which do not lead back to the code.
 */
public final class InviteCode {
  /** Its length. */
  public static final int BYTES = 16;

  private static final int NAME_BYTES = 9;

  private final byte[] raw;

  private InviteCode(byte[] raw) {
    this.raw = raw;
  }

  /** A fresh one; {@code random} is cryptographically secure. */
  public static InviteCode create(RandomGenerator random) {
    byte[] raw = new byte[BYTES];
    random.nextBytes(raw);
    return new InviteCode(raw);
  }

  /** The code of these 16 bytes, which are copied; throws IllegalArgumentException for another number. */
  static InviteCode of(byte[] raw) {
    if (raw.length != BYTES) {
      throw new IllegalArgumentException("an invite's code has " + BYTES + " bytes");
    }
    return new InviteCode(raw.clone());
  }

  /** A copy of the 16 bytes. */
  byte[] bytes() {
    return raw.clone();
  }

  /** What the code is called on the wire; of no use without the code. */
  public String name() {
    return StrictBase64.encode(Arrays.copyOf(hash("toq-invite-name-1"), NAME_BYTES));
  }

  /** What proofs are made and checked with. */
  public ProofKey proofKey() {
    return new ProofKey(hash("toq-invite-proof-1"));
  }

  private byte[] hash(String purpose) {
    return Sha256.of(purpose.getBytes(StandardCharsets.US_ASCII), raw);
  }

  /** A hash of the code, as the key of HMAC-SHA256 (RFC 2104). */
  public static final class ProofKey {
    private final byte[] key;

    private ProofKey(byte[] key) {
      this.key = key;
    }

    byte[] proofOf(String statement) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(statement.getBytes(StandardCharsets.US_ASCII));
      } catch (NoSuchAlgorithmException | InvalidKeyException e) {
        throw new IllegalStateException("every Java platform has HmacSHA256", e);
      }
    }
  }
}
