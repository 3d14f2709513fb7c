package dev.toq.app.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The short forms; {@link Torture} runs the long ones. */
class TortureTest {
  private static void passes(String name, Torture.Test test) throws Exception {
    Options options = Options.shortForm(name.hashCode());
    System.out.println(name + ": seed " + options.seed() + ", short form");
    Findings findings = new Findings();
    test.run(options, findings);
    assertEquals(List.of(), findings.faults());
  }

  @Test
  @DisplayName("malformed input in six phases of a live connection leaves the daemon serving and its log clean")
  void malformed() throws Exception {
    passes("malformed", new Malformed());
  }

  @Test
  @DisplayName("connections that are reset at bytes of handshake and first message leave no socket, thread or entry")
  void resets() throws Exception {
    passes("resets", new Resets());
  }

  @Test
  @DisplayName("R-24-01, A-56: connections that stall at eight places are closed at the deadline of their stage")
  void stalls() throws Exception {
    passes("stalls", new StalledPlaces());
  }

  @Test
  @DisplayName("R-17.4-01, A-35, A-36: a recorded session is delivered no second time, at once, after 6 minutes, "
      + "or after a restart")
  void replay() throws Exception {
    passes("replay", new Replay());
  }

  @Test
  @DisplayName("A-37: relays that forward, strip or replay between two agents at first contact are refused")
  void relays() throws Exception {
    passes("relays", new Relays());
  }

  @Test
  @DisplayName("A-47: close, send, receive and displace race without a hang, and what is acknowledged is there once")
  void races() throws Exception {
    passes("races", new CloseRaces());
  }

  @Test
  @DisplayName("A-68: a clock that jumps a day, and a process that is suspended, cut nothing and stop nothing")
  void clocks() throws Exception {
    passes("clocks", new ClockJumps());
  }

  @Test
  @DisplayName("R-12.5-01, A-02, A-19: what is accepted arrives once and in its thread's order through a network in "
      + "chaos")
  void chaos() throws Exception {
    passes("chaos", new Chaos());
  }

  @Test
  @DisplayName("spoiled input is refused by every reader as it documents, and takes memory in proportion")
  void fuzz() throws Exception {
    passes("fuzz", new Fuzz());
  }

  @Test
  @DisplayName("A-24: JSON that is made to cost much is read or refused like any other, and fills no stack")
  void bombs() throws Exception {
    passes("bombs", new JsonBombs());
  }

  @Test
  @DisplayName("R-23.1-07, A-33: bombs that are compressed are refused over live sockets, after their signature is "
      + "checked")
  void compressedBombs() throws Exception {
    passes("compressed-bombs", new CompressedBombs());
  }
}
