package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code toq approvals}: the agents that wait for the owner's decision. */
final class ApprovalsCommand {
  private ApprovalsCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    List<Pending> pending = Home.of(call).rules().pending();
    if (call.has("--json")) {
      call.terminal().json(JsonObject.builder().put("approvals", new JsonArray(entries(pending))).build());
      return Toq.SUCCESS;
    }
    print(pending, call.terminal()); // R-26.4-01
    if (!pending.isEmpty()) {
      call.terminal().line("Decide with \"toq approve <number>\" or \"toq deny <number>\".");
    }
    return Toq.SUCCESS;
  }

  static void print(List<Pending> pending, Terminal terminal) {
    if (pending.isEmpty()) {
      terminal.line("nobody waits for approval");
    }
    int number = 1;
    for (Pending request : pending) {
      terminal.line(number++ + "  " + request.key());
      terminal.line("   " + request.key().fingerprint());
      terminal.line("   says it is " + PeerText.shown(request.address()) + ", since " + request.requestedAt());
    }
  }

  static List<Rule> keys(List<Pending> pending) {
    List<Rule> keys = new ArrayList<>();
    for (Pending request : pending) {
      keys.add(new Rule.ByKey(request.key()));
    }
    return keys;
  }

  private static List<JsonValue> entries(List<Pending> pending) {
    List<JsonValue> entries = new ArrayList<>();
    for (Pending request : pending) {
      entries.add(
          JsonObject.builder()
              .put("id", request.key().toString())
              .put("public_key", request.key().toString())
              .put("fingerprint", request.key().fingerprint())
              .put("address", request.address())
              .put("requested_at", request.requestedAt().toString())
              .build());
    }
    return entries;
  }
}
