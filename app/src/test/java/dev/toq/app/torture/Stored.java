package dev.toq.app.torture;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A message as it stands in an inbox's files, read without the product's help.
 *
 * @param text the member {@code text} of its body
 */
record Stored(String id, String text) {
  /** All messages of the inbox whose current file this is, earlier segments first, in the order of the lines. */
  static List<Stored> read(Path current) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(current.toAbsolutePath().getParent())) {
      files = all.filter(file -> file.getFileName().toString().matches("messages.*\\.jsonl")).sorted().toList();
    }
    List<Stored> found = new ArrayList<>();
    for (Path file : files) {
      String content = Files.readString(file, StandardCharsets.UTF_8);
      for (String line : content.substring(0, content.lastIndexOf('\n') + 1).split("\n", 0)) {
        JsonObject record = line.isEmpty() ? new JsonObject() : JsonParser.parseString(line).getAsJsonObject();
        if (record.has("id") && record.has("type")) {
          boolean hasText = record.has("body") && record.get("body").isJsonObject()
              && record.getAsJsonObject("body").has("text");
          found.add(new Stored(record.get("id").getAsString(),
              hasText ? record.getAsJsonObject("body").get("text").getAsString() : ""));
        }
      }
    }
    return found;
  }

  /** How often each text stands there. */
  static Map<String, Integer> byText(List<Stored> messages) {
    Map<String, Integer> counts = new HashMap<>();
    messages.forEach(message -> counts.merge(message.text(), 1, Integer::sum));
    return counts;
  }

  /** How many ids stand there more than once. */
  static long twice(List<Stored> messages) {
    Map<String, Integer> counts = new HashMap<>();
    messages.forEach(message -> counts.merge(message.id(), 1, Integer::sum));
    return counts.values().stream().filter(count -> count > 1).count();
  }
}
