package dev.toq.app.cli;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code toq permissions}: every approval and every block. */
final class PermissionsCommand {
  private PermissionsCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Rules rules = Home.of(call).rules();
    List<Rule> approved = rules.approved();
    List<Rule> blocked = rules.blocked();
    if (call.has("--json")) {
      JsonObject.Builder all = JsonObject.builder();
      call.terminal().json(all.put("approved", entries(approved)).put("blocked", entries(blocked)).build());
      return Toq.SUCCESS;
    }
    print("Approved", approved, call.terminal()); // R-26.4-07
    print("Blocked", blocked, call.terminal());
    return Toq.SUCCESS;
  }

  private static void print(String title, List<Rule> rules, Terminal terminal) {
    terminal.line(title + ":");
    if (rules.isEmpty()) {
      terminal.line("  (none)");
    }
    int number = 1;
    for (Rule rule : rules) {
      terminal.line("  " + number++ + "  " + type(rule) + ": " + Rules.shown(rule));
    }
  }

  private static JsonArray entries(List<Rule> rules) {
    List<JsonValue> entries = new ArrayList<>();
    for (Rule rule : rules) {
      String value =
          switch (rule) {
            case Rule.ByKey(PublicKey key) -> key.toString();
            case Rule.ByAddress(String pattern) -> pattern;
          };
      entries.add(JsonObject.builder().put("type", type(rule)).put("value", value).build());
    }
    return new JsonArray(entries);
  }

  private static String type(Rule rule) {
    return switch (rule) {
      case Rule.ByKey byKey -> "key";
      case Rule.ByAddress byAddress -> "address";
    };
  }
}
