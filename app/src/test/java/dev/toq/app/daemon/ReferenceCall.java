package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawPeer;

/** A call as the deployed reference makes it: one connection, one message. */
final class ReferenceCall {
  private ReferenceCall() {}

  static byte[] make(Caller caller, Address agent) throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(caller.raw(), "127.0.0.1", agent.dialPort())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials(json -> caller.chain().latest()
          .ifPresent(step -> json.addProperty("rotation_proof", step.proof().toString())));
      try {
        peer.readCredentials();
        if (peer.negotiate().get("type").getAsString().equals("negotiate.response")) {
          peer.exchangeCards();
          peer.readAck(peer.sendMessage("{\"text\":\"hello\"}"));
          peer.finish(RawPeer.PATIENCE);
        } else {
          peer.awaitEnd(RawPeer.PATIENCE);
        }
      } catch (RawEnd end) {
        // heard says how far it came
      }
      return peer.heard();
    }
  }
}
