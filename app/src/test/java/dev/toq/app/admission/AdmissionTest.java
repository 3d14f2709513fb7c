package dev.toq.app.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.toq.app.ManualTicker;
import dev.toq.app.admission.Admission.Visit;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is served at all, on a clock that the test moves. */
@Timeout(60)
class AdmissionTest {
  private static final InetAddress ANN = address("192.0.2.1");
  private static final InetAddress BOB = address("192.0.2.2");
  private static final InetAddress HERE = address("127.0.0.1");

  private final ManualTicker ticker = new ManualTicker();
  private final Admission admission = new Admission(ticker, 1000, 0, false);

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }

  private static Visit visit(Admission admission, InetAddress from) {
    return admission.enter(from) instanceof Admission.Entry.Admitted(Visit visit) ? visit
        : fail("refused: " + from);
  }

  private static boolean isServed(Admission admission, InetAddress from) {
    if (admission.enter(from) instanceof Admission.Entry.Admitted(Visit visit)) {
      visit.close();
      return true;
    }
    return false;
  }

  private Optional<Duration> offend(InetAddress from, Offence offence) {
    try (Visit visit = visit(admission, from)) {
      return visit.offended(offence);
    }
  }

  @Test
  @DisplayName("R-5.8-01, A-57: sources are counted apart, IPv6 by its first 64 bits, and only so many of them")
  void rates() {
    SourceRates rates = new SourceRates(ticker, 1);
    assertTrue(rates.allows(Source.of(ANN)));
    assertFalse(rates.allows(Source.of(ANN)));
    assertTrue(rates.allows(Source.of(BOB)));
    assertTrue(rates.allows(Source.of(address("2001:db8::1"))));
    assertFalse(rates.allows(Source.of(address("2001:db8::ffff:2"))));
    assertTrue(rates.allows(Source.of(address("2001:db8:0:1::1"))));
    for (int i = 0; i < BySource.MOST_SOURCES + 10; i++) {
      rates.allows(new Source(i, false));
    }
    assertEquals(BySource.MOST_SOURCES, rates.sources());
  }

  @Test
  @DisplayName("R-5.8-01, A-57: this machine is exempt from rate and penalties, unless the owner says otherwise; then "
      + "its penalty bars it from toq alone")
  void loopback() {
    Admission strict = new Admission(ticker, 1000, 30, true);
    Admission usual = new Admission(ticker, 1000, 1, false);
    for (InetAddress here : List.of(HERE, address("127.9.8.7"), address("::1"))) {
      for (int i = 0; i < 20; i++) {
        try (Visit visit = visit(usual, here)) {
          visit.offended(Offence.FORGED);
        }
      }
      for (int i = 0; i < 4; i++) {
        try (Visit visit = visit(strict, here)) {
          assertTrue(visit.maySpeakToq());
          visit.offended(Offence.FORGED);
        }
      }
      try (Visit visit = visit(strict, here)) {
        assertFalse(visit.maySpeakToq());
      }
    }
    assertEquals(0, usual.penalised());
    assertEquals(3, strict.penalised());
  }

  @Test
  @DisplayName("A-57: a penalty bites when more than 15 s have come together, for what has come together, and ends "
      + "then")
  void biteAndRelease() {
    for (int i = 0; i < 3; i++) {
      assertEquals(Optional.empty(), offend(ANN, Offence.FORGED)); // 5, 10, 15 s
    }
    assertTrue(isServed(admission, ANN));
    assertEquals(Optional.of(Duration.ofSeconds(16)), offend(ANN, Offence.UNFINISHED));
    assertEquals(1, admission.penalised());
    assertFalse(isServed(admission, ANN));
    assertTrue(isServed(admission, BOB));

    for (int i = 0; i < 160; i++) {
      for (int knock = 0; knock < 500; knock++) { // as often as it likes: that makes it no longer
        assertFalse(isServed(admission, ANN), "after " + i + " tenths of a second");
      }
      ticker.pass(Duration.ofMillis(100));
    }
    assertEquals(0, admission.penalised());
    assertTrue(isServed(admission, ANN));
    assertEquals(Optional.empty(), offend(ANN, Offence.FORGED)); // all is forgotten
    assertTrue(isServed(admission, ANN));
  }

  @Test
  @DisplayName("A-57: what comes seldom never adds up: one forged signature every 5 s, one broken handshake a second")
  void decay() {
    for (int i = 0; i < 1000; i++) {
      assertEquals(Optional.empty(), offend(ANN, Offence.FORGED));
      ticker.pass(Duration.ofSeconds(5));
    }
    for (int i = 0; i < 1000; i++) {
      assertEquals(Optional.empty(), offend(BOB, Offence.UNFINISHED));
      ticker.pass(Duration.ofSeconds(1));
    }
  }

  @Test
  @DisplayName("A-57: no penalty is longer than ten minutes, though a thousand connections were let in before it bit")
  void most() {
    List<Visit> visits = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      visits.add(visit(admission, ANN));
    }
    for (Visit visit : visits) {
      visit.offended(Offence.STALLED);
      visit.close();
    }
    ticker.pass(Penalties.MOST.minusNanos(1));
    assertFalse(isServed(admission, ANN));
    ticker.pass(Duration.ofNanos(1));
    assertTrue(isServed(admission, ANN));
  }

  @Test
  @DisplayName("A-57: a thousand addresses of one IPv6 /64 are one source")
  void prefix() {
    for (int i = 0; i < 4; i++) {
      offend(address("2001:db8::" + i), Offence.FORGED);
    }
    for (int i = 0; i < 1000; i++) {
      assertFalse(isServed(admission, address("2001:db8::1:" + Integer.toHexString(i))));
    }
    assertTrue(isServed(admission, address("2001:db8:0:1::1")));
    assertEquals(1, admission.penalised());
  }

  @Test
  @DisplayName("A-57: only so many sources are remembered; the one whose penalty ends first is forgotten")
  void overflow() {
    Penalties penalties = new Penalties(ticker);
    Source longest = new Source(-1, false);
    for (int i = 0; i < 4; i++) {
      penalties.add(longest, Offence.FORGED);
    }
    for (int i = 0; i < Penalties.MOST_SOURCES + 10; i++) {
      penalties.add(new Source(i, false), Offence.UNFINISHED);
      ticker.pass(Duration.ofNanos(1));
    }
    assertEquals(Penalties.MOST_SOURCES, penalties.sources());
    assertTrue(penalties.refuses(longest));
    ticker.pass(Duration.ofSeconds(20));
    assertFalse(penalties.refuses(longest));
    assertEquals(0, penalties.sources());
  }

  @Test
  @DisplayName("A-57: where an approved key was active in the last 24 hours nothing is penalised; after that it is")
  void known() {
    try (Visit visit = visit(admission, ANN)) {
      visit.showsApprovedKey();
      ticker.pass(Duration.ofHours(100)); // it stands, so it is active
      for (int i = 0; i < 100; i++) {
        offend(ANN, Offence.FORGED);
      }
    }
    ticker.pass(KnownSources.MEMORY);
    for (int i = 0; i < 100; i++) {
      assertEquals(Optional.empty(), offend(ANN, Offence.FORGED));
    }
    ticker.pass(Duration.ofNanos(1));
    for (int i = 0; i < 4; i++) {
      offend(ANN, Offence.FORGED);
    }
    assertFalse(isServed(admission, ANN));
    admission.reached(ANN); // we called, and the approved key answered there
    assertTrue(isServed(admission, ANN));
  }

  @Test
  @DisplayName("R-21.3-01, R-21.3-02, A-57: strangers take nine tenths of the places, sources of approved keys all, "
      + "this machine its own; sixteen beyond are told, the next is closed")
  void places() {
    Admission small = new Admission(ticker, 20, 0, false);
    small.reached(BOB);
    List<Visit> strangers = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      strangers.add(visit(small, ANN));
    }
    assertTrue(strangers.stream().allMatch(Visit::hasRoom));
    Visit beyond = visit(small, ANN);
    assertFalse(beyond.hasRoom());
    try (Visit one = visit(small, BOB); Visit two = visit(small, BOB); Visit three = visit(small, BOB)) {
      assertTrue(one.hasRoom());
      assertTrue(two.hasRoom());
      assertFalse(three.hasRoom()); // in all there are no more than twenty
    }
    beyond.showsApprovedKey(); // it turns out to be no stranger
    assertTrue(beyond.hasRoom());
    for (int i = 0; i < Places.OVERFLOW; i++) {
      assertFalse(visit(small, address("192.0.2.3")).hasRoom());
    }
    assertFalse(isServed(small, address("192.0.2.3")));
    for (int i = 0; i < 20; i++) {
      assertTrue(visit(small, HERE).hasRoom());
    }
    assertFalse(isServed(small, HERE));
    strangers.getFirst().close();
    try (Visit next = visit(small, address("192.0.2.3"))) {
      assertTrue(next.hasRoom());
    }
  }

  @Test
  @DisplayName("R-21.3-01: where two connections are allowed, the third is told so, and the next served when one has "
      + "gone")
  void two() {
    Admission small = new Admission(ticker, 2, 0, false);
    Visit first = visit(small, ANN);
    Visit second = visit(small, BOB);
    assertTrue(first.hasRoom() && second.hasRoom());
    try (Visit third = visit(small, ANN)) {
      assertFalse(third.hasRoom());
    }
    first.close();
    try (Visit third = visit(small, ANN)) {
      assertTrue(third.hasRoom());
    }
  }
}
