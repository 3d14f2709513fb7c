package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.ProcessMark.Liveness;
import dev.toq.store.StateFile;
import dev.toq.store.StateFile.Running;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code toq status}: whether the daemon runs, asked of the daemon itself; a file alone never makes it "running". */
final class StatusCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private StatusCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Home home = Home.of(call);
    Optional<Running> running = home.running();
    if (running.isEmpty()) {
      stopped(home, call);
      return Toq.SUCCESS;
    }
    if (running.get().isStopping()) {
      stopping(home, running.get(), call);
      return Toq.SUCCESS;
    }
    JsonObject status = ask(home, running.get());
    if (call.has("--json")) {
      call.terminal().json(withPlace(status, home, running.get()));
      return Toq.SUCCESS;
    }
    print(status, home, running.get(), call.terminal());
    return Toq.SUCCESS;
  }

  private static void stopped(Home home, Invocation call) throws IOException {
    boolean setUp = home.directory().isSetUp();
    if (call.has("--json")) {
      call.terminal()
          .json(
              JsonObject.builder()
                  .put("status", "stopped")
                  .put("set_up", setUp)
                  .put("directory", home.directory().root().toString())
                  .build());
      return;
    }
    call.terminal().line(setUp ? "toq is not running" : "toq is not running; this directory was never set up");
    if (StateFile.look(home.directory()) instanceof StateFile.Found.Stale(long pid, Liveness _)) {
      call.terminal().line("The last one did not stop by itself: its process " + pid + " is gone.");
    }
    call.terminal().fact("Directory", home.directory().describe());
    call.terminal().line("Start it with: toq up");
  }

  /** It answers nobody any more. */
  private static void stopping(Home home, Running running, Invocation call) {
    if (call.has("--json")) {
      JsonObject.Builder status = JsonObject.builder().put("status", "stopping");
      call.terminal().json(withPlace(status.put("address", running.address().toString()).build(), home, running));
      return;
    }
    call.terminal().line("toq is stopping: it lets its conversations end");
    call.terminal().fact("Address", running.address().toString());
    call.terminal().fact("Process", Long.toString(running.pid()));
    call.terminal().fact("Directory", home.directory().describe());
    call.terminal().line("End it at once with: toq down");
  }

  private static JsonObject ask(Home home, Running running) throws Failure {
    LocalApi.Answer answer;
    JsonObject status;
    try {
      answer = new LocalApi(running.port()).get("/v1/status", TIMEOUT);
      status = answer.json();
    } catch (IOException e) {
      throw home.silent(running);
    }
    if (!answer.succeeded()) {
      throw Failure.of(answer.errorMessage(), "look into the daemon's log: " + home.directory().logs());
    }
    return status;
  }

  private static JsonObject withPlace(JsonObject status, Home home, Running running) {
    JsonObject.Builder all = JsonObject.builder();
    for (Map.Entry<String, JsonValue> member : status.members().entrySet()) {
      all.put(member.getKey(), member.getValue());
    }
    all.put("port", running.port()).put("pid", running.pid());
    return all.put("directory", home.directory().root().toString()).build();
  }

  /** What the router in front of this machine does; empty where it is not asked. */
  private static Optional<String> portMapping(JsonObject status) {
    if (!(status.get("port_mapping").orElse(null) instanceof JsonObject mapping)) {
      return Optional.empty();
    }
    return switch (Json.shown(mapping, "state")) {
      case "asking" -> Optional.of("is being asked for the port");
      case "mapped" -> Optional.of("leads port " + Json.shown(mapping, "external_port")
          + mapping.text("external_address").map(address -> " of " + PeerText.shown(address)).orElse("")
          + " here, by " + Json.shown(mapping, "protocol")
          + mapping.text("expires_at").map(end -> ", until " + PeerText.shown(end) + " at least").orElse(""));
      case "failed" -> Optional.of("leads no port here: " + Json.shown(mapping, "error"));
      default -> Optional.empty();
    };
  }

  private static void print(JsonObject status, Home home, Running running, Terminal terminal) {
    terminal.line("toq is running");
    terminal.fact("Address", Json.shown(status, "address"));
    terminal.fact("Key", Json.shown(status, "public_key"));
    terminal.fact("Mode", Json.shown(status, "connection_mode"));
    terminal.fact("Connections", Json.shown(status, "active_connections"));
    terminal.fact("Messages in", Json.shown(status, "messages_in"));
    terminal.fact("Messages out", Json.shown(status, "messages_out"));
    long waiting = Json.count(status, "pending_approvals");
    if (waiting > 0) {
      terminal.fact(
          "Waiting", waiting + (waiting == 1 ? " agent asks" : " agents ask") + " to be let in: toq approvals");
    }
    long penalised = Json.count(status, "penalised_sources");
    if (penalised > 0) {
      terminal.fact("Penalised", penalised + (penalised == 1 ? " address is" : " addresses are")
          + " refused for now: too many failed handshakes");
    }
    terminal.fact("Port", Long.toString(running.port()));
    portMapping(status).ifPresent(mapping -> terminal.fact("Router", mapping));
    terminal.fact("Process", Long.toString(running.pid()));
    terminal.fact("Directory", home.directory().describe());
    List<String> warnings = Json.texts(status, "warnings");
    for (String warning : warnings) {
      terminal.fact("Warning", warning);
    }
  }
}
