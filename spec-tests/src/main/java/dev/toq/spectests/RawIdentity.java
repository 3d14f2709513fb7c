package dev.toq.spectests;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/**
 * An Ed25519 key pair with the address that its owner claims; all arithmetic is the JDK's.
 *
 * <p>Keys and signatures are written {@code ed25519:} and padded base64 of the raw 32 or 64 bytes (specification 5.2).
 */
public final class RawIdentity {
  private static final String PREFIX = "ed25519:";
  private static final int KEY_BYTES = 32;
  /** An X.509 public key of this kind is this header and the 32 raw bytes (RFC 8410). */
  private static final byte[] X509_HEADER = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

  private final KeyPair keys;
  private final String address;

  private RawIdentity(KeyPair keys, String address) {
    this.keys = keys;
    this.address = address;
  }

  /** The identity of a 32-byte seed; the same seed always gives the same keys. */
  public static RawIdentity ofSeed(byte[] seed, String address) {
    if (seed.length != KEY_BYTES) {
      throw new IllegalArgumentException("a seed has 32 bytes");
    }
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(NamedParameterSpec.ED25519, new Replay(seed));
      return new RawIdentity(generator.generateKeyPair(), address);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An identity whose keys depend on the address alone, so that a failing test fails the same way again. */
  public static RawIdentity of(String address) {
    try {
      return ofSeed(MessageDigest.getInstance("SHA-256").digest(address.getBytes(StandardCharsets.UTF_8)), address);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same keys under another address. */
  public RawIdentity claiming(String otherAddress) {
    return new RawIdentity(keys, otherAddress);
  }

  public String address() {
    return address;
  }

  /** The public key as it stands on the wire. */
  public String publicKey() {
    byte[] encoded = keys.getPublic().getEncoded();
    return PREFIX + base64(Arrays.copyOfRange(encoded, encoded.length - KEY_BYTES, encoded.length));
  }

  /** The signature over these bytes, as it stands on the wire. */
  public String sign(byte[] bytes) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(keys.getPrivate());
      signature.update(bytes);
      return PREFIX + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether {@code signature} is this key's over these bytes; false, never an exception, for anything malformed. */
  public static boolean verifies(String publicKey, byte[] bytes, String signature) {
    if (!publicKey.startsWith(PREFIX) || !signature.startsWith(PREFIX)) {
      return false;
    }
    try {
      byte[] raw = Base64.getDecoder().decode(publicKey.substring(PREFIX.length()));
      byte[] encoded = Arrays.copyOf(X509_HEADER, X509_HEADER.length + raw.length);
      System.arraycopy(raw, 0, encoded, X509_HEADER.length, raw.length);
      PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
      Signature check = Signature.getInstance("Ed25519");
      check.initVerify(key);
      check.update(bytes);
      return check.verify(Base64.getDecoder().decode(signature.substring(PREFIX.length())));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** Hands the seed to the generator, which is the JDK's only way from a seed to both keys. */
  private static final class Replay extends SecureRandom {
    private final byte[] seed;

    Replay(byte[] seed) {
      this.seed = seed.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
  }
}
