package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import java.util.Arrays;

/** Keys for tests, told apart by a number. */
final class Keys {
  private Keys() {}

  static PublicKey key(int number) {
    byte[] raw = new byte[32];
    Arrays.fill(raw, (byte) 7);
    raw[0] = (byte) number;
    raw[1] = (byte) (number >> 8);
    raw[2] = (byte) (number >> 16);
    return PublicKey.ofBytes(raw);
  }
}
