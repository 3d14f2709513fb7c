package dev.toq.app.cli;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import java.io.IOException;
import java.util.List;

/** {@code toq peers}: whom this agent has met, and which key an address belongs to. */
final class PeersCommand {
  private static final String USAGE =
      "usage: toq peers, toq peers show|forget <peer>, toq peers accept <address> <key>";

  private PeersCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    String action = call.argument(0).orElse("list");
    switch (action) {
      case "list" -> list(call);
      case "show" -> show(call);
      case "forget" -> forget(call);
      case "accept" -> accept(call);
      default -> throw Failure.usage("toq peers does not know \"" + PeerText.shown(action) + "\"", USAGE);
    }
    return Toq.SUCCESS;
  }

  private static String word(Invocation call, int index, String what) throws Failure {
    return call.argument(index).orElseThrow(() -> Failure.usage("missing " + what, USAGE));
  }

  private static void noMore(Invocation call, int count) throws Failure {
    if (call.argument(count).isPresent()) {
      throw Failure.usage("unexpected word \"" + PeerText.shown(call.argument(count).orElse("")) + "\"", USAGE);
    }
  }

  private static void list(Invocation call) throws Failure, IOException {
    noMore(call, 1);
    JsonObject all = PeerBook.of(Home.of(call)).list();
    if (call.has("--json")) {
      call.terminal().json(all);
      return;
    }
    List<JsonObject> peers = Json.objects(all, "peers");
    if (peers.isEmpty()) {
      call.terminal().line("no peers");
    }
    for (JsonObject peer : peers) {
      call.terminal().line(Json.shown(peer, "fingerprint") + "  " + Json.shown(peer, "address") + "  "
          + (Json.shown(peer, "replaced_by").isEmpty() ? Json.shown(peer, "status") : "retired"));
      String seen = Json.shown(peer, "last_seen");
      call.terminal().line(
          "  " + Json.shown(peer, "public_key") + (seen.isEmpty() ? "  never seen" : "  last seen " + seen));
    }
    for (JsonObject refusal : Json.objects(all, "refused")) {
      call.terminal().fact("Refused", Json.shown(refusal, "at") + "  " + Json.shown(refusal, "message"));
    }
  }

  private static void show(Invocation call) throws Failure, IOException {
    String name = word(call, 1, "<peer>");
    noMore(call, 2);
    JsonObject peer = PeerBook.of(Home.of(call)).show(name);
    if (call.has("--json")) {
      call.terminal().json(peer);
      return;
    }
    Terminal terminal = call.terminal();
    fact(terminal, "Key", peer, "public_key");
    fact(terminal, "Fingerprint", peer, "fingerprint");
    fact(terminal, "Calls itself", peer, "address");
    fact(terminal, "Status", peer, "status");
    fact(terminal, "First seen", peer, "first_seen");
    fact(terminal, "Last seen", peer, "last_seen");
    for (JsonObject pin : Json.objects(peer, "pins")) {
      terminal.fact("Address", Json.shown(pin, "address") + "  " + Json.shown(pin, "strength") + ", confirmed "
          + Json.shown(pin, "confirmed"));
    }
    fact(terminal, "Replaced", peer, "replaced");
    fact(terminal, "Retired for", peer, "replaced_by");
  }

  private static void fact(Terminal terminal, String label, JsonObject peer, String name) {
    String value = Json.shown(peer, name);
    if (!value.isEmpty()) {
      terminal.fact(label, value);
    }
  }

  private static void forget(Invocation call) throws Failure, IOException {
    String name = word(call, 1, "<peer>");
    noMore(call, 2);
    JsonObject peer = PeerBook.of(Home.of(call)).forget(name);
    if (call.has("--json")) {
      call.terminal().json(peer);
      return;
    }
    call.terminal().line(name.startsWith("toq://")
        ? "forgotten whose " + PeerText.shown(name) + " is; it was " + Json.shown(peer, "fingerprint")
        : "forgotten " + Json.shown(peer, "fingerprint"));
  }

  private static void accept(Invocation call) throws Failure, IOException {
    Address address = Words.address(word(call, 1, "<address>"));
    PublicKey key = Words.key(word(call, 2, "<key>"));
    JsonObject accepted = PeerBook.of(Home.of(call)).accept(address, key);
    if (call.has("--json")) {
      call.terminal().json(accepted);
      return;
    }
    call.terminal().line(address.full() + " belongs to " + key.fingerprint() + " now");
    List<String> before = Json.texts(accepted, "replaced");
    if (!before.isEmpty()) {
      call.terminal().line("what the old key was allowed it still is: toq revoke " + before.getFirst());
    }
  }
}
