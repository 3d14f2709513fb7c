package dev.toq.protocol.crypto;

import java.util.Arrays;
import java.util.HexFormat;

/** What a provider has to compute rightly before it is used: RFC 8032 section 7.1, test 3. */
final class SelfTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] SEED = HEX.parseHex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  private static final byte[] KEY = HEX.parseHex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  private static final byte[] MESSAGE = HEX.parseHex("af82");
  private static final byte[] SIGNATURE = HEX.parseHex(
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
          + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");

  private SelfTest() {}

  static boolean passes(Ed25519 provider) {
    Ed25519.Signer signer = provider.signer(SEED);
    byte[] otherMessage = HEX.parseHex("af83");
    byte[] brokenSignature = SIGNATURE.clone();
    brokenSignature[40] ^= 1;
    return Arrays.equals(signer.publicKey(), KEY)
        && Arrays.equals(signer.sign(MESSAGE), SIGNATURE)
        && provider.verify(KEY, MESSAGE, SIGNATURE)
        && !provider.verify(KEY, otherMessage, SIGNATURE)
        && !provider.verify(KEY, MESSAGE, brokenSignature);
  }
}
