package dev.toq.protocol.session;

import dev.toq.protocol.crypto.Sha256;
import dev.toq.protocol.identity.Address;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

/**
 * An invitation, as one owner hands it to another: whom to call, which key has to answer, and the code that lets the
 * caller in. As text it needs no quotes in a shell, but for the brackets of an IPv6 address:
 *
 * <pre>
 *   toq-invite:1/host:port/agent/fingerprint/code/expiry/check
 *
 *   fingerprint  SHA-256 of the 32 bytes of the key, base64url, 43 characters
 *   code         16 bytes, base64url, 22 characters
 *   expiry       seconds since 1970, base 36
 *   check        first 4 bytes of the SHA-256 of all that stands before it and its slash, base64url: tells a text that
 *                was cut or mistyped, and protects from nobody
 * </pre>
 *
 * @param fingerprint as {@link dev.toq.protocol.identity.PublicKey#fingerprint} says it
 * @param expires whole seconds
 */
public record Invitation(Address address, String fingerprint, InviteCode code, Instant expires) {
  private static final String PREFIX = "toq-invite:1";
  private static final String ANY_VERSION = "toq-invite:";
  private static final String HASH = "SHA256:";
  private static final int PARTS = 7;
  private static final int CHECK_BYTES = 4;
  private static final int HASH_BYTES = 32;

  /** A host, an agent name, and 100 characters more. */
  private static final int LONGEST = 1000;

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  /** Throws IllegalArgumentException where the fingerprint is none. */
  public Invitation {
    if (!fingerprint.startsWith(HASH) || hash(fingerprint).length != HASH_BYTES) {
      throw new IllegalArgumentException("a fingerprint is SHA256: and base64 of 32 bytes");
    }
    expires = Instant.ofEpochSecond(expires.getEpochSecond());
  }

  /**
   * Reads a link.
   *
   * @throws IllegalArgumentException with a sentence for the owner
   */
  public static Invitation parse(String link) {
    if (!link.startsWith(ANY_VERSION)) {
      throw new IllegalArgumentException("an invite begins with " + ANY_VERSION);
    }
    String[] parts = link.split("/", -1);
    if (!parts[0].equals(PREFIX) && parts[0].length() > ANY_VERSION.length() && parts.length > 1) {
      throw new IllegalArgumentException("this invite is of a later version of toq");
    }
    int end = link.lastIndexOf('/');
    if (link.length() > LONGEST || parts.length != PARTS || !check(link.substring(0, end)).equals(parts[6])) {
      throw new IllegalArgumentException("this invite is not complete: it was cut or changed on its way");
    }
    try {
      Address address = Address.parse("toq://" + parts[1] + "/" + parts[2]);
      String fingerprint = HASH + Base64.getEncoder().encodeToString(Base64.getUrlDecoder().decode(parts[3]));
      InviteCode code = InviteCode.of(Base64.getUrlDecoder().decode(parts[4]));
      Invitation read = new Invitation(address, fingerprint, code, Instant.ofEpochSecond(Long.parseLong(parts[5], 36)));
      if (read.link().equals(link)) {
        return read;
      }
    } catch (IllegalArgumentException | java.time.DateTimeException broken) {
      throw new IllegalArgumentException("this invite does not say whom to call: " + broken.getMessage(), broken);
    }
    throw new IllegalArgumentException("this invite is not spelled as toq spells it");
  }

  /** The text to hand over. It is a secret until it has been used. */
  public String link() {
    String text = String.join("/", PREFIX, address.full().substring("toq://".length()),
        BASE64.encodeToString(hash(fingerprint)), BASE64.encodeToString(code.bytes()),
        Long.toString(expires.getEpochSecond(), 36));
    return text + "/" + check(text);
  }

  /** Without the code. */
  @Override
  public String toString() {
    return "invitation of " + address.full() + " until " + expires;
  }

  private static byte[] hash(String fingerprint) {
    return Base64.getDecoder().decode(fingerprint.substring(HASH.length()));
  }

  private static String check(String text) {
    return BASE64.encodeToString(Arrays.copyOf(Sha256.of(text.getBytes(StandardCharsets.UTF_8)), CHECK_BYTES));
  }
}
