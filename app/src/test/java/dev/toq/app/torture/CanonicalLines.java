package dev.toq.app.torture;

import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.StrictJson;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Reads a JSON value from each line of its input, and writes its canonical form, or {@code !} where it is refused. */
public final class CanonicalLines {
  private CanonicalLines() {}

  /** See the class. */
  public static void main(String[] arguments) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (OutputStream out = new BufferedOutputStream(System.out)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.write(canonical(line.getBytes(StandardCharsets.UTF_8)));
        out.write('\n');
      }
    }
  }

  private static byte[] canonical(byte[] json) {
    try {
      return CanonicalJson.bytes(StrictJson.parse(json), CanonicalJson.Numbers.CANONICAL);
    } catch (JsonException refused) {
      return new byte[] {'!'};
    }
  }
}
