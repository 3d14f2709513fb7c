package dev.toq.app.api;

import dev.toq.app.Version;
import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Agent.Status;
import dev.toq.app.daemon.PortMapping;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;

/** {@code GET /v1/health} and {@code GET /v1/status}. */
final class StatusApi implements Resource {
  private final Agent agent;

  StatusApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/health", call -> call.replyText("ok"));
    routes.get("/v1/status", call -> call.reply(200, status()));
  }

  private JsonObject status() {
    Status status = agent.status();
    return JsonObject.builder()
        .put("status", "running")
        .put("address", status.address().toString())
        .put("connection_mode", status.connectionMode())
        .put("active_connections", status.activeConnections())
        .put("messages_in", status.messagesIn())
        .put("messages_out", status.messagesOut())
        .put("error_count", status.errors())
        .put("backpressure_active", status.isBackpressureActive())
        .put("version", Version.NUMBER)
        .put("public_key", status.publicKey().toString())
        .put("pid", status.pid())
        .put("port", status.port())
        .put("started_at", agent.startedAt().toString())
        .put("pending_approvals", status.pendingApprovals())
        .put("penalised_sources", agent.penalisedSources())
        .put("port_mapping", json(status.portMapping()))
        .put("warnings", JsonArray.ofTexts(status.warnings()))
        .build();
  }

  /** {@code state}, and what else is known in that state. */
  private static JsonObject json(PortMapping mapping) {
    JsonObject.Builder json = JsonObject.builder();
    switch (mapping) {
      case PortMapping.Off off -> json.put("state", "off");
      case PortMapping.Asking asking -> json.put("state", "asking");
      case PortMapping.Mapped(String protocol, var address, int port, var until) -> {
        json.put("state", "mapped").put("protocol", protocol).put("external_port", port);
        address.ifPresent(known -> json.put("external_address", known));
        until.ifPresent(end -> json.put("expires_at", end.toString()));
      }
      case PortMapping.Failed(String reason) -> json.put("state", "failed").put("error", Texts.shown(reason));
    }
    return json.build();
  }
}
