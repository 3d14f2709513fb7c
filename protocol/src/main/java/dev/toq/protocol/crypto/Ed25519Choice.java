package dev.toq.protocol.crypto;

import org.jspecify.annotations.Nullable;

/** Chooses a provider once, on first use. */
final class Ed25519Choice {
  private Ed25519Choice() {}

  static Ed25519 best() {
    return Holder.CHOSEN;
  }

  static Ed25519 choose(@Nullable String forced) {
    if (forced == null || forced.isEmpty()) {
      return AccpEd25519.load().<Ed25519>map(accp -> accp).orElseGet(BouncyCastleEd25519::new);
    }
    return switch (forced) {
      case "bc" -> new BouncyCastleEd25519();
      case "accp" -> AccpEd25519.load().orElseThrow(() -> new IllegalStateException(
          Ed25519.PROPERTY + "=accp, but the Amazon Corretto provider is not on the class path or failed its test"));
      default -> throw new IllegalStateException(Ed25519.PROPERTY + " is bc or accp, not " + forced);
    };
  }

  private static final class Holder {
    static final Ed25519 CHOSEN = choose(System.getProperty(Ed25519.PROPERTY));
  }
}
