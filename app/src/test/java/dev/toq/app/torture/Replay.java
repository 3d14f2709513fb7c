package dev.toq.app.torture;

import dev.toq.app.TestAgent;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLException;

/**
 * Whole sessions, recorded as they were inside TLS, are said again on fresh TLS connections: at once, after six
 * minutes, and after a restart. So are their messages alone, by a peer of the same key, and sessions spliced of two.
 * Nothing may be delivered a second time.
 */
final class Replay implements Torture.Test {
  private static final Duration SIX_MINUTES = Duration.ofMinutes(6);
  private static final int MAGIC_BYTES = 4;

  private record Session(RawIdentity of, byte[] said) {
    /** Its frames, without the magic before them. */
    List<byte[]> frames() {
      List<byte[]> frames = new ArrayList<>();
      ByteBuffer rest = ByteBuffer.wrap(said).position(MAGIC_BYTES);
      while (rest.hasRemaining()) {
        byte[] frame = new byte[rest.getInt()];
        rest.get(frame);
        frames.add(frame);
      }
      return frames;
    }
  }

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int sessions = options.number("sessions", 5, 200);
    Random chance = options.chance(0);
    Path home = Files.createTempDirectory("toq-replay-");
    JumpingClock clock = new JumpingClock();
    List<Session> recorded = new ArrayList<>();
    int delivered = 0;
    try {
      try (TestAgent agent = Pair.agent(home, config -> config, clock)) {
        for (int i = 0; i < sessions; i++) {
          int messages = 1 + chance.nextInt(10);
          recorded.add(record(agent, messages, chance));
          delivered += messages;
        }
        replayAll("at once", agent, recorded, delivered, findings);
        clock.setAhead(SIX_MINUTES);
        replayAll("after 6 minutes", agent, recorded, delivered, findings);
      }
      try (TestAgent agent = Pair.agent(home, config -> config, clock)) {
        replayAll("after a restart", agent, recorded, delivered, findings);
      }
      try (TestAgent other = Pair.agent(home.resolve("other"), config -> config, clock)) {
        String said = say(other, recorded.getFirst().of(), recorded.getFirst().said());
        findings.require(acknowledged(said) > 0, "what was recorded is not even sound: an agent of the same name that "
            + "has no memory of it does not take it");
      }
    } finally {
      Pair.delete(home);
    }
  }

  private static Session record(TestAgent agent, int messages, Random chance) throws IOException {
    RawIdentity peer = RawIdentity.of("toq://localhost:7001/recorded-" + chance.nextInt(20));
    try (RawPeer honest = RawPeer.active(peer, "localhost", agent.port())) {
      for (int i = 0; i < messages; i++) {
        honest.readAck(honest.sendMessage("{\"text\":\"" + chance.nextLong() + "\"}"));
      }
      return new Session(peer, honest.said());
    }
  }

  private static void replayAll(String when, TestAgent agent, List<Session> recorded, int delivered,
      Findings findings) throws Exception {
    int answered = 0;
    for (int i = 0; i < recorded.size(); i++) {
      Session session = recorded.get(i);
      answered += acknowledged(say(agent, session.of(), session.said()));
      answered += acknowledged(say(agent, session.of(), spliced(session, recorded.get((i + 1) % recorded.size()))));
      messagesAlone(agent, session);
    }
    List<Stored> stored = Stored.read(agent.directory().messages());
    findings.figure("replay %s: %d sessions, %d messages, 3 ways each: %d deliveries more, %d acknowledgements", when,
        recorded.size(), delivered, stored.size() - delivered, answered);
    findings.require(stored.size() == delivered, "replay " + when + ": " + delivered + " messages were sent, "
        + stored.size() + " stand in the inbox");
    findings.require(answered == 0, "replay " + when + ": " + answered + " acknowledgements to one who relayed");
  }

  /** All of it at once; what the agent said to it. */
  private static String say(TestAgent agent, RawIdentity as, byte[] bytes) throws IOException {
    try (RawPeer again = RawPeer.connectTcp(as, "localhost", agent.port())) {
      again.startTls();
      try {
        again.sendBytes(bytes);
        return new String(again.finish(RawPeer.PATIENCE), StandardCharsets.UTF_8);
      } catch (RawEnd | SocketException | SSLException closedMeanwhile) {
        return "";
      }
    }
  }

  private static int acknowledged(String said) {
    return said.split("message\\.ack", -1).length - 1;
  }

  /** The handshake of one session and all that follows of another. */
  private static byte[] spliced(Session handshake, Session rest) {
    ByteArrayOutputStream spliced = new ByteArrayOutputStream();
    spliced.writeBytes(new byte[] {'T', 'O', 'Q', 1});
    List<byte[]> frames = new ArrayList<>(rest.frames());
    frames.set(0, handshake.frames().getFirst());
    for (byte[] frame : frames) {
      spliced.writeBytes(ByteBuffer.allocate(Integer.BYTES + frame.length).putInt(frame.length).put(frame).array());
    }
    return spliced.toByteArray();
  }

  /** A fresh session of the same key, in which the old messages are said as they were. */
  private static void messagesAlone(TestAgent agent, Session session) throws IOException {
    try (RawPeer peer = RawPeer.active(session.of(), "localhost", agent.port())) {
      List<byte[]> frames = session.frames();
      for (byte[] frame : frames.subList(3, frames.size())) {
        peer.sendRawFrame(frame);
      }
      peer.finish(RawPeer.PATIENCE);
    }
  }
}
