package dev.toq.app.api;

import dev.toq.app.daemon.Agent;

/** {@code POST /v1/daemon/shutdown}: ends the daemon, after this answer is on its way. */
final class DaemonApi implements Resource {
  private final Agent agent;

  DaemonApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.post("/v1/daemon/shutdown", this::shutdown);
  }

  private void shutdown(Call call) throws Exception {
    boolean graceful = Call.optionalFlag(call.objectOrNothing(), "graceful", true);
    call.replyEmpty();
    call.response().flushBuffer();
    agent.shutdown(graceful);
  }
}
