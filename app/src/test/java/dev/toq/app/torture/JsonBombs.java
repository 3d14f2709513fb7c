package dev.toq.app.torture;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * JSON that is made to cost much: deep, wide, of endless numbers, of names with one hash code; each as large as a
 * message may be. The long form wants each to be read or refused within 50 ms, the best of five.
 */
final class JsonBombs implements Torture.Test {
  private static final int LIMIT = 1 << 20;
  private static final int DEPTH = 100_000;
  private static final int TIMES = 5;
  private static final long MOST_MILLIS = 50;

  /** A text, and whether it is sound. */
  private record Bomb(String text, boolean sound) {}

  @Override
  public void run(Options options, Findings findings) {
    bombs().forEach((name, bomb) -> {
      byte[] bytes = bomb.text().getBytes(StandardCharsets.UTF_8);
      long best = Long.MAX_VALUE;
      for (int i = 0; i < (options.isShort() ? 1 : TIMES); i++) {
        long start = System.nanoTime();
        findings.require(isRead(bytes) == bomb.sound(), name + " is " + (bomb.sound() ? "refused" : "read"));
        best = Math.min(best, System.nanoTime() - start);
      }
      findings.figure("%s: %d bytes %s in %.1f ms", name, bytes.length, bomb.sound() ? "read" : "refused", best / 1e6);
      findings.require(options.isShort() || best <= MOST_MILLIS * 1_000_000,
          name + " took " + best / 1_000_000 + " ms");
    });
  }

  /** An error, such as that of a full stack, goes to the caller. */
  private static boolean isRead(byte[] bytes) {
    try {
      StrictJson.parse(bytes);
      return true;
    } catch (JsonException refused) {
      return false;
    }
  }

  private static Map<String, Bomb> bombs() {
    Map<String, Bomb> bombs = new LinkedHashMap<>();
    bombs.put("arrays 100,000 deep", new Bomb("[".repeat(DEPTH) + "]".repeat(DEPTH), false));
    bombs.put("objects 100,000 deep", new Bomb("{\"a\":".repeat(DEPTH) + "0" + "}".repeat(DEPTH), false));
    bombs.put("as many names as fit", new Bomb(names(), true));
    bombs.put("as many names of one hash code as fit", new Bomb(colliding(), true));
    bombs.put("a number of 1 MiB", new Bomb("1" + "0".repeat(LIMIT - 1), false));
    bombs.put("a fraction of 1 MiB", new Bomb("0." + "1".repeat(LIMIT - 2), false));
    bombs.put("an exponent of 1 MiB", new Bomb("1e" + "9".repeat(LIMIT - 2), false));
    bombs.put("numbers of 390 digits", new Bomb("[" + ("0." + "7".repeat(390) + ",").repeat(2_650) + "0]", true));
    bombs.put("empty arrays", new Bomb("[" + "[],".repeat(LIMIT / 3 - 2) + "0]", true));
    return bombs;
  }

  private static String names() {
    StringBuilder json = new StringBuilder("{");
    for (int i = 0; json.length() < LIMIT - 12; i++) {
      json.append(i == 0 ? "\"" : ",\"").append(Integer.toString(i, 36)).append("\":0");
    }
    return json.append('}').toString();
  }

  private static String colliding() {
    StringBuilder json = new StringBuilder("{");
    for (int i = 0; json.length() < LIMIT - 40; i++) {
      json.append(i == 0 ? "\"" : ",\"");
      for (int bit = 0; bit < 16; bit++) {
        json.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      json.append("\":0");
    }
    return json.append('}').toString();
  }
}
