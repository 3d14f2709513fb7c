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
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

/**
 * Prints what each provider says to every case of a file of Project Wycheproof. Run by hand or by a script: the file is
 * not part of this project.
 *
 * <pre>WycheproofRun path/to/ed25519_test.json</pre>
 *
 * <p>Exits with 1 where a verdict differs from the file's or between two providers.
 */
public final class WycheproofRun {
  private static final HexFormat HEX = HexFormat.of();

  private WycheproofRun() {}

  private record Case(int id, byte[] key, byte[] message, byte[] signature, String result, String comment) {}

  public static void main(String[] arguments) throws IOException, JsonException {
    List<Case> cases = cases(StrictJson.parse(Files.readAllBytes(Path.of(arguments[0]))));
    TreeMap<String, String> lists = new TreeMap<>();
    int wrong = 0;
    for (Ed25519 provider : Ed25519Test.providers()) {
      StringBuilder list = new StringBuilder();
      for (Case one : cases) {
        boolean accepted = provider.verify(one.key(), one.message(), one.signature());
        list.append(accepted ? '+' : '-');
        if (accepted != one.result().equals("valid")) {
          wrong++;
          System.out.println(provider.name() + ": case " + one.id() + " (" + one.result() + ", " + one.comment()
              + ") was " + (accepted ? "accepted" : "refused"));
        }
      }
      lists.put(provider.name(), list.toString());
    }
    lists.forEach((name, list) -> System.out.println(name + ":\n  " + list));
    boolean same = lists.values().stream().distinct().count() == 1;
    System.out.println(cases.size() + " cases, " + lists.size() + " providers, "
        + wrong + " verdicts against the file, " + (same ? "one verdict list" : "the providers differ"));
    System.exit(wrong == 0 && same ? 0 : 1);
  }

  private static List<Case> cases(JsonValue file) {
    List<Case> cases = new ArrayList<>();
    for (JsonObject group : objects((JsonObject) file, "testGroups")) {
      byte[] key = HEX.parseHex(
          ((JsonObject) group.get("publicKey").orElseThrow()).text("pk").orElseThrow());
      for (JsonObject test : objects(group, "tests")) {
        cases.add(new Case(
            Integer.parseInt(((JsonNumber) test.get("tcId").orElseThrow()).text()),
            key,
            HEX.parseHex(test.text("msg").orElseThrow()),
            HEX.parseHex(test.text("sig").orElseThrow()),
            test.text("result").orElseThrow(),
            test.text("comment").orElseThrow()));
      }
    }
    return cases;
  }

  private static List<JsonObject> objects(JsonObject parent, String name) {
    return ((JsonArray) parent.get(name).orElseThrow()).items().stream().map(item -> (JsonObject) item).toList();
  }
}
