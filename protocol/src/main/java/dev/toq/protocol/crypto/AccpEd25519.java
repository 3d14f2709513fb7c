package dev.toq.protocol.crypto;

import dev.toq.protocol.Spec;
import java.lang.reflect.InvocationTargetException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Ed25519 by the Amazon Corretto Crypto Provider, two to three times as fast, where its native library is on the class
 * path. It is not needed to compile or to run.
 *
 * <p>It compares R itself, Bouncy Castle compares eight times R (RFC 8032 section 5.1.7 allows both). Only the owner of
 * a key can make a signature on which they differ, but a verdict must not depend on the machine: what this provider
 * refuses is put to Bouncy Castle, whose answer holds. Honest signatures never pay for that.
 */
public final class AccpEd25519 implements Ed25519 {
  private static final String CLASS = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
  private static final String KEY_FACTORY_PROPERTY = "com.amazon.corretto.crypto.provider.registerEdKeyFactory";
  private static final String ALGORITHM = "Ed25519";

  /** RFC 8410 section 7: what stands before the 32 bytes of a seed in PKCS#8. */
  private static final byte[] PKCS8_HEAD = HexFormat.of().parseHex("302e020100300506032b657004220420");

  /** RFC 8410 section 4: what stands before the 32 bytes of a key in X.509. */
  private static final byte[] X509_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

  private final Provider provider;
  private final KeyFactory factory;
  private final PreparedKeys<PublicKey> keys = new PreparedKeys<>(this::prepare);
  private final BouncyCastleEd25519 lastWord = new BouncyCastleEd25519();

  private AccpEd25519(Provider provider) throws GeneralSecurityException {
    this.provider = provider;
    this.factory = KeyFactory.getInstance(ALGORITHM, provider);
  }

  /** This provider, or empty where its library is missing, does not load on this machine or fails its self-test. */
  public static Optional<AccpEd25519> load() {
    // Read by the provider while its class is initialised; without it there is no Ed25519 key factory.
    System.setProperty(KEY_FACTORY_PROPERTY, "true");
    try {
      Class<?> type = Class.forName(CLASS);
      Object provider = type.getDeclaredConstructor().newInstance();
      type.getMethod("assertHealthy").invoke(provider);
      AccpEd25519 accp = new AccpEd25519((Provider) provider);
      return SelfTest.passes(accp) ? Optional.of(accp) : Optional.empty();
    } catch (InvocationTargetException e) {
      // The native library is for another processor, cannot be unpacked, or did not pass its own tests.
      return Optional.empty();
    } catch (ReflectiveOperationException | GeneralSecurityException | LinkageError | IllegalStateException e) {
      // Most often the class is simply not there.
      return Optional.empty();
    }
  }

  @Override
  public String name() {
    return "Amazon Corretto Crypto Provider";
  }

  @Override
  public Signer signer(byte[] seed) {
    if (seed.length != Spec.KEY_BYTES) {
      throw new IllegalArgumentException("a seed has 32 bytes, not " + seed.length);
    }
    byte[] publicKey = lastWord.signer(seed).publicKey();
    PrivateKey key = privateKey(seed);
    return new Signer() {
      @Override
      public byte[] publicKey() {
        return publicKey.clone();
      }

      @Override
      public byte[] sign(byte[] message) {
        return AccpEd25519.this.sign(key, message);
      }
    };
  }

  private PrivateKey privateKey(byte[] seed) {
    try {
      return factory.generatePrivate(new PKCS8EncodedKeySpec(joined(PKCS8_HEAD, seed)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the provider refused a seed of 32 bytes", e);
    }
  }

  private byte[] sign(PrivateKey key, byte[] message) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM, provider);
      signature.initSign(key);
      signature.update(message); // R-13.1-01
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the provider could not sign", e);
    }
  }

  @Override
  public boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
    if (!Ed25519Rules.isAcceptableSignature(signature)) {
      return false;
    }
    return keys.of(publicKey)
        .filter(key -> verifies(key, message, signature) || lastWord.verify(publicKey, message, signature))
        .isPresent();
  }

  private boolean verifies(PublicKey key, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(ALGORITHM, provider);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature); // R-13.1-01
    } catch (SignatureException e) {
      // How this provider says that 64 bytes are no signature at all.
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the provider could not verify", e);
    }
  }

  private Optional<PublicKey> prepare(byte[] raw) {
    try {
      return Optional.of(factory.generatePublic(new X509EncodedKeySpec(joined(X509_HEAD, raw))));
    } catch (GeneralSecurityException e) {
      // Not a key for this provider, so nothing verifies with it.
      return Optional.empty();
    }
  }

  private static byte[] joined(byte[] head, byte[] tail) {
    byte[] all = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, all, head.length, tail.length);
    return all;
  }
}
