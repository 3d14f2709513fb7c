package dev.toq.app.torture;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawJson;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawRelay;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Three relays between two agents that have never met: one that forwards, one that strips every member it can, one that
 * replays an older negotiation. Each ends the TLS of both. None may see a card or a message, nor bring one of them to
 * ACTIVE.
 */
final class Relays implements Torture.Test {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final String SECRET = "nobody else may read this";
  private static final Set<String> NEEDED = Set.of("public_key", "challenge", "challenge_signature", "address",
      "session_id", "protocol_version", "version", "id", "type", "from", "to", "sequence", "timestamp", "signature",
      "supported_versions", "selected_version", "features", "body");

  /** What one relay saw. */
  private record Seen(List<String> fromInitiator, List<String> fromTarget) {}

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int rounds = options.number("rounds", 1, 100);
    for (int round = 0; round < rounds; round++) {
      UnaryOperator<String> straight = UnaryOperator.identity();
      Seen older = meet("forwards", findings, round, straight, straight);
      meet("strips", findings, round, Relays::stripped, Relays::stripped);
      replays(older, findings, round);
    }
    directly(findings);
    findings.figure("relays: %d rounds at first contact, each by one that forwards, strips, replays to the receiver "
        + "and replays to the initiator", rounds);
  }

  /** A fresh pair with a relay between. */
  private static Seen meet(String name, Findings findings, int round, UnaryOperator<String> toTarget,
      UnaryOperator<String> toInitiator) throws Exception {
    try (Pair pair = Pair.start(Pair::patient)) {
      return meet(pair, name, findings, round, toTarget, toInitiator);
    }
  }

  private static Seen meet(Pair pair, String name, Findings findings, int round, UnaryOperator<String> toTarget,
      UnaryOperator<String> toInitiator) throws Exception {
    try (RawRelay relay = RawRelay.start(pair.second().port(), toTarget, toInitiator)) {
      Outcome outcome = pair.first().agent().send(Pair.at(relay.port()), Pair.text(SECRET), true, TIMEOUT);
      String context = "a relay that " + name + ", round " + round + ": ";
      findings.require(!(outcome instanceof Outcome.Delivered) && !(outcome instanceof Outcome.Queued),
          context + "the caller was told " + outcome);
      Seen seen = new Seen(relay.fromInitiator(), relay.fromTarget());
      findings.require(!seen.fromInitiator().isEmpty(), context + "it was not even tried");
      for (String frame : seen.fromInitiator()) {
        findings.require(!frame.contains(SECRET) && !frame.contains("card.exchange"),
            context + "the initiator told it " + frame);
      }
      for (String frame : seen.fromTarget()) {
        findings.require(!frame.contains("negotiate.response") && !frame.contains("card.exchange"),
            context + "the receiver told it " + frame);
      }
      nothingCameOf(pair.first(), context, findings);
      nothingCameOf(pair.second(), context, findings);
      return seen;
    }
  }

  private static void nothingCameOf(TestAgent agent, String context, Findings findings) throws Exception {
    findings.require(Stored.read(agent.directory().messages()).isEmpty(), context + "a message was delivered");
    findings.require(Waiting.until(Duration.ofSeconds(2), () -> agent.agent().status().activeConnections() == 0),
        context + "a connection became ACTIVE");
  }

  /** To the receiver: what its peer told an earlier relay. To the initiator: what the relay itself got of its peer. */
  private static void replays(Seen olderOfAnotherPair, Findings findings, int round) throws Exception {
    findings.require(olderOfAnotherPair.fromInitiator().size() >= 2, "the forwarding relay saw no negotiation");
    try (Pair pair = Pair.start(Pair::patient)) {
      Seen older = meet(pair, "forwards, before one replays", findings, round, UnaryOperator.identity(),
          UnaryOperator.identity());
      Iterator<String> again = older.fromInitiator().iterator();
      meet(pair, "replays to the receiver", findings, round, frame -> again.hasNext() ? again.next() : frame,
          UnaryOperator.identity());

      List<String> ownNegotiation = negotiationWith(pair.second(), Pair.at(pair.first().port()).full());
      Iterator<String> replayed = ownNegotiation.iterator();
      meet(pair, "replays to the initiator", findings, round, UnaryOperator.identity(),
          frame -> replayed.hasNext() ? replayed.next() : frame);
    }
  }

  /** What an agent answers to a stranger who claims this address: credentials and a negotiation, signed for it. */
  private static List<String> negotiationWith(TestAgent agent, String claimed) throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(RawIdentity.of("toq://localhost/relay").claiming(claimed), "localhost",
        agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials();
      JsonObject credentials = peer.readCredentials();
      JsonObject response = peer.negotiate();
      if (!response.get("type").getAsString().equals("negotiate.response")) {
        throw new IllegalStateException("no negotiation to replay: " + response);
      }
      return List.of(credentials.toString(), response.toString());
    }
  }

  /** So that a refusal says something: the same two, joined by somebody who only passes on the bytes of TLS. */
  private static void directly(Findings findings) throws Exception {
    try (Pair pair = Pair.start(Pair::patient);
        Proxy proxy = new Proxy(pair.second().port(), connection -> Proxy.Ways.STRAIGHT)) {
      Outcome outcome = pair.first().agent().send(Pair.at(proxy.port()), Pair.text(SECRET), true, TIMEOUT);
      findings.require(outcome instanceof Outcome.Delivered, "without a relay the caller was told " + outcome);
    }
  }

  private static String stripped(String frame) {
    JsonObject object = RawJson.object(frame);
    strip(object);
    return object.toString();
  }

  private static void strip(JsonObject object) {
    for (String name : List.copyOf(object.keySet())) {
      JsonElement value = object.get(name);
      if (!NEEDED.contains(name)) {
        object.remove(name);
      } else if (value.isJsonObject()) {
        strip(value.getAsJsonObject());
      }
    }
  }
}
