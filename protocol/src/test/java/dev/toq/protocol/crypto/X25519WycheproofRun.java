package dev.toq.protocol.crypto;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Computes every case of a file of Project Wycheproof. Run by hand or by a script: the file is not part of this
 * project.
 *
 * <pre>X25519WycheproofRun path/to/x25519_test.json</pre>
 *
 * <p>Exits with 1 where a secret differs from the file's, or where an all-zero one is not refused.
 */
public final class X25519WycheproofRun {
  private static final HexFormat HEX = HexFormat.of();

  private X25519WycheproofRun() {}

  public static void main(String[] arguments) throws IOException, JsonException {
    JsonObject file = (JsonObject) StrictJson.parse(Files.readAllBytes(Path.of(arguments[0])));
    int cases = 0;
    int refused = 0;
    int wrong = 0;
    for (JsonObject group : objects(file, "testGroups")) {
      for (JsonObject test : objects(group, "tests")) {
        byte[] expected = bytes(test, "shared");
        Optional<byte[]> shared = X25519.agreement(bytes(test, "private"), bytes(test, "public"));
        boolean isZero = Arrays.equals(expected, new byte[expected.length]);
        boolean isRight = isZero ? shared.isEmpty() : shared.filter(is -> Arrays.equals(is, expected)).isPresent();
        cases++;
        refused += shared.isEmpty() ? 1 : 0;
        if (!isRight) {
          wrong++;
          System.out.println("case " + ((JsonNumber) test.get("tcId").orElseThrow()).text() + " ("
              + test.text("comment").orElseThrow() + ") differs");
        }
      }
    }
    System.out.println(cases + " cases, " + refused + " refused as all-zero, " + wrong + " against the file");
    System.exit(wrong == 0 ? 0 : 1);
  }

  private static byte[] bytes(JsonObject test, String name) {
    return HEX.parseHex(test.text(name).orElseThrow());
  }

  private static List<JsonObject> objects(JsonObject parent, String name) {
    JsonValue array = parent.get(name).orElseThrow();
    return ((JsonArray) array).items().stream().map(item -> (JsonObject) item).toList();
  }
}
