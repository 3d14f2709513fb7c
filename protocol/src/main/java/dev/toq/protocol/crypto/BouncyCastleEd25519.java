package dev.toq.protocol.crypto;

import dev.toq.protocol.Spec;
import java.util.Optional;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/** Ed25519 by Bouncy Castle's own classes, without its JCA provider: always here. */
public final class BouncyCastleEd25519 implements Ed25519 {
  private final PreparedKeys<Ed25519PublicKeyParameters> keys =
      new PreparedKeys<>(raw -> Optional.of(new Ed25519PublicKeyParameters(raw, 0)));

  @Override
  public String name() {
    return "Bouncy Castle";
  }

  @Override
  public Signer signer(byte[] seed) {
    if (seed.length != Spec.KEY_BYTES) {
      throw new IllegalArgumentException("a seed has 32 bytes, not " + seed.length);
    }
    Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(seed, 0);
    byte[] publicKey = key.generatePublicKey().getEncoded(); // Computed once, and kept inside key for every signature.
    return new Signer() {
      @Override
      public byte[] publicKey() {
        return publicKey.clone();
      }

      @Override
      public byte[] sign(byte[] message) {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, key);
        signer.update(message, 0, message.length); // R-13.1-01
        return signer.generateSignature();
      }
    };
  }

  @Override
  public boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
    if (!Ed25519Rules.isAcceptableSignature(signature)) {
      return false;
    }
    Optional<Ed25519PublicKeyParameters> key = keys.of(publicKey);
    if (key.isEmpty()) {
      return false;
    }
    Ed25519Signer verifier = new Ed25519Signer();
    verifier.init(false, key.get());
    verifier.update(message, 0, message.length);
    return verifier.verifySignature(signature); // R-13.1-01
  }
}
