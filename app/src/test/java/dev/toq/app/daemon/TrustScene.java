package dev.toq.app.daemon;

import dev.toq.app.TestAgent;
import dev.toq.app.daemon.TrustMatrix.Result;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.Config.ConnectionMode;
import dev.toq.store.Peers;
import dev.toq.store.Permissions;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One agent, brought into one of the situations of the trust matrix, and called by one peer. */
final class TrustScene implements AutoCloseable {
  private static final String ADDRESS = "toq://peer.example/agent";
  private static final String PATTERN = "toq://peer.example/*";
  private static final Caller PEER = Caller.of("peer", ADDRESS);

  private final Caller.Kind kind;
  private final TestAgent agent;
  private volatile ConnectionMode mode = ConnectionMode.OPEN;
  private volatile boolean isConfirmed;

  TrustScene(Path home, Caller.Kind kind) throws IOException {
    this.kind = kind;
    this.agent = TestAgent.trusting(home, new Endpoint.Trust(() -> mode, (claimed, key, source) ->
        isConfirmed && key.equals(PEER.key()) && claimed.toString().equals(ADDRESS)));
  }

  /** Makes the situation, changes to the mode, and lets the peer call. */
  Result play(String situation, ConnectionMode tested) throws Exception {
    return play(situation, tested, kind::call);
  }

  /** The same, with another way to make the call that is judged. */
  Result play(String situation, ConnectionMode tested, Caller.Way way) throws Exception {
    Caller caller = prepare(situation);
    mode = tested;
    Kept before = Kept.of(agent, caller.key());
    String frames = Caller.frames(way.call(caller, agent.endpoint().address()));
    return new Result(decision(frames), frames, Kept.of(agent, caller.key()).since(before));
  }

  private static String decision(String frames) {
    return frames.contains("negotiate.response") ? "admit" : frames.contains("approval.request") ? "ask"
        : frames.contains("approval.denied") ? "deny" : "refuse";
  }

  /** Who is to call. */
  private Caller prepare(String situation) throws Exception {
    Agent owner = agent.agent();
    switch (situation) {
      case "unknown" -> { }
      case "pending" -> asks();
      case "denied" -> {
        asks();
        owner.deny(PEER.key());
      }
      case "approved by key" -> owner.approve(new Rule.ByKey(PEER.key()));
      case "approved by bound address" -> {
        return bound();
      }
      case "approved by claimed address" -> owner.approve(new Rule.ByAddress(PATTERN));
      case "blocked by key" -> owner.block(new Rule.ByKey(PEER.key()));
      case "blocked by address" -> owner.block(new Rule.ByAddress(PATTERN));
      case "rotated" -> {
        isMetAndApproved();
        return Caller.of("peer's next key", ADDRESS).proving(PEER.name());
      }
      case "retired" -> {
        isMetAndApproved();
        comesIn(Caller.of("peer's next key", ADDRESS).proving(PEER.name()));
      }
      case "squatter" -> {
        isMetAndApproved();
        return Caller.of("squatter", ADDRESS);
      }
      case "confirmed by DNS" -> isConfirmed = true;
      case "approved by claimed address, confirmed by DNS" -> {
        owner.approve(new Rule.ByAddress(PATTERN));
        isConfirmed = true;
      }
      default -> throw new IllegalArgumentException("no such situation: " + situation);
    }
    return PEER;
  }

  private void asks() throws Exception {
    mode = ConnectionMode.APPROVAL;
    kind.call(PEER, agent.endpoint().address());
    if (agent.agent().permissions().pending().isEmpty()) {
      throw new AssertionError("the peer could not ask");
    }
  }

  private void isMetAndApproved() throws Exception {
    comesIn(PEER);
    agent.agent().approve(new Rule.ByKey(PEER.key()));
  }

  private void comesIn(Caller caller) throws Exception {
    String frames = Caller.frames(kind.call(caller, agent.endpoint().address()));
    if (!decision(frames).equals("admit")) {
      throw new AssertionError(caller + " was to come in, and got " + frames);
    }
  }

  /** The agent has dialled the peer's address and found its key there, and the owner approved the address. */
  private Caller bound() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen(PEER.raw(), "agent")) {
      agent.agent().send(Address.parse(receiver.address()), Says.text("are you there?"), false, Duration.ZERO);
      try (RawPeer answering = receiver.acceptActive(RawPeer.PATIENCE)) {
        answering.ack(answering.readEnvelope(RawPeer.PATIENCE, "message.send"));
        answering.sendDisconnect();
        answering.awaitEnd(RawPeer.PATIENCE);
      }
      agent.agent().approve(new Rule.ByAddress(receiver.address()));
      return Caller.of(PEER.name(), receiver.address());
    }
  }

  @Override
  public void close() throws IOException {
    agent.close();
  }

  /** What is kept of a peer, counted so that two moments can be compared. */
  private record Kept(int challenges, boolean asks, Instant lastSeen, int messages) {
    static Kept of(TestAgent agent, PublicKey key) throws IOException {
      return new Kept(
          Files.readAllLines(agent.directory().root().resolve("challenges.log")).size(),
          agent.agent().permissions().pending().stream().map(Permissions.Pending::key).anyMatch(key::equals),
          agent.peers().find(key).map(Peers.Peer::lastSeen).orElse(Instant.MIN),
          agent.history().size());
    }

    String since(Kept before) {
      List<String> kept = new ArrayList<>();
      if (challenges > before.challenges) {
        kept.add("challenge");
      }
      if (asks && !before.asks) {
        kept.add("request");
      }
      if (lastSeen.isAfter(before.lastSeen)) {
        kept.add("peer");
      }
      if (messages > before.messages) {
        kept.add("message");
      }
      return kept.isEmpty() ? "nothing" : String.join(" ", kept);
    }
  }
}
