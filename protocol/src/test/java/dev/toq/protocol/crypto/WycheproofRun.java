package dev.toq.protocol.crypto;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

/**
 * Prints what each provider says to every case of a file of Project Wycheproof, to vectors of RFC 8032, and to
 * signatures under keys of small order. Run by hand or by a script: the file is not part of this project.
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
    cases.addAll(rfcVectors());
    cases.addAll(smallOrder());
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

  /** The first three of RFC 8032 section 7.1, each also with another message. */
  private static List<Case> rfcVectors() {
    String[][] vectors = {
      {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595b"
            + "be24655141438e7a100b"},
      {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb430"
            + "2aeeb00d291612bb0c00"},
      {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716e"
            + "d28dc027beceea1ec40a"},
    };
    List<Case> cases = new ArrayList<>();
    for (String[] vector : vectors) {
      byte[] key = HEX.parseHex(vector[0]);
      byte[] signature = HEX.parseHex(vector[2]);
      cases.add(new Case(0, key, HEX.parseHex(vector[1]), signature, "valid", "RFC 8032"));
      cases.add(new Case(0, key, HEX.parseHex(vector[1] + "00"), signature, "invalid", "RFC 8032, another message"));
    }
    return cases;
  }

  /** Under each key of small order the signature that holds for every message, and one with the base point. */
  private static List<Case> smallOrder() {
    List<Case> cases = new ArrayList<>();
    for (Curve.Point point : Curve.SMALL_ORDER) {
      for (byte[] signature : List.of(
          Curve.joined(Curve.Point.NEUTRAL.encoded(), new byte[32]),
          Curve.joined(Curve.BASE.encoded(), Curve.littleEndian(BigInteger.ONE)))) {
        cases.add(new Case(0, point.encoded(), new byte[] {1, 2, 3}, signature, "invalid", "a key of small order"));
      }
    }
    return cases;
  }

  private static List<JsonObject> objects(JsonObject parent, String name) {
    return ((JsonArray) parent.get(name).orElseThrow()).items().stream().map(item -> (JsonObject) item).toList();
  }
}
