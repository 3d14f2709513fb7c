package dev.toq.app.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.ManualTicker;
import dev.toq.protocol.identity.DnsRecord;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What domains publish is asked for once in a while")
final class AgentDirectoryTest {
  private final ManualTicker ticker = new ManualTicker();
  private final Asked names = new Asked();
  private final AgentDirectory directory = new AgentDirectory(names, ticker);

  /** Answers when, and what, the test says. */
  private static final class Asked implements NameSystem {
    final List<String> domains = new ArrayList<>();
    final List<CompletableFuture<DnsAnswer<DnsRecord>>> open = new ArrayList<>();

    @Override
    public CompletableFuture<DnsAnswer<DnsRecord>> agents(String domain) {
      domains.add(domain);
      open.add(new CompletableFuture<>());
      return open.getLast();
    }

    @Override
    public CompletableFuture<DnsAnswer<InetAddress>> addresses(String host) {
      return CompletableFuture.completedFuture(new DnsAnswer.Nothing<>(Duration.ZERO));
    }
  }

  @Test
  @DisplayName("Callers at the same time share one question, and its answer for its time to live, at most a minute")
  void kept() {
    CompletableFuture<DnsAnswer<DnsRecord>> first = directory.agents("a.example");
    CompletableFuture<DnsAnswer<DnsRecord>> second = directory.agents("a.example");
    assertEquals(List.of("a.example"), names.domains);
    names.open.getFirst().complete(new DnsAnswer.Nothing<>(Duration.ofSeconds(10)));
    assertEquals(first.join(), second.join());

    ticker.pass(Duration.ofSeconds(9));
    assertTrue(directory.agents("a.example").isDone());
    ticker.pass(Duration.ofSeconds(1));
    directory.agents("a.example");
    assertEquals(2, names.domains.size(), "its time is over");

    names.open.getLast().complete(new DnsAnswer.Nothing<>(Duration.ofDays(1)));
    ticker.pass(Duration.ofSeconds(59));
    directory.agents("a.example");
    assertEquals(2, names.domains.size());
    ticker.pass(Duration.ofSeconds(1));
    directory.agents("a.example");
    assertEquals(3, names.domains.size(), "a minute is over");
  }

  @Test
  @DisplayName("A failure is kept for five seconds, so that it cannot be made us ask for again and again")
  void failed() {
    for (DnsAnswer<DnsRecord> failure : List.<DnsAnswer<DnsRecord>>of(
        new DnsAnswer.Bogus<>("x"), new DnsAnswer.Unanswered<>("x"))) {
      int before = names.domains.size();
      directory.agents("b.example");
      names.open.getLast().complete(failure);
      ticker.pass(Duration.ofMillis(4_999));
      assertEquals(failure, directory.agents("b.example").join());
      assertEquals(before + 1, names.domains.size());
      ticker.pass(Duration.ofMillis(1));
    }
  }

  @Test
  @DisplayName("A caller may keep us from asking, but not from telling what is known")
  void mayNotAsk() {
    assertInstanceOf(DnsAnswer.Unanswered.class, directory.agents("c.example", () -> false).join());
    assertEquals(List.of(), names.domains);
    directory.agents("c.example");
    names.open.getLast().complete(new DnsAnswer.Nothing<>(Duration.ofSeconds(10)));
    assertInstanceOf(DnsAnswer.Nothing.class, directory.agents("c.example", () -> false).join());
  }

  @Test
  @DisplayName("Open questions are counted, and so are remembered domains")
  void bounds() {
    for (int i = 0; i < AgentDirectory.MOST_OPEN; i++) {
      directory.agents("d" + i + ".example");
    }
    assertInstanceOf(DnsAnswer.Unanswered.class, directory.agents("more.example").join());
    names.open.getFirst().complete(new DnsAnswer.Nothing<>(Duration.ofSeconds(10)));
    directory.agents("more.example");
    assertEquals("more.example", names.domains.getLast());

    for (int i = 0; i < 2 * AgentDirectory.MOST_DOMAINS; i++) {
      names.open.getLast().complete(new DnsAnswer.Nothing<>(Duration.ofSeconds(10)));
      directory.agents("e" + i + ".example");
    }
    assertEquals(AgentDirectory.MOST_DOMAINS, directory.domains());
  }

  @Test
  @DisplayName("A caller who gives up takes nothing from the others")
  void givenUp() {
    CompletableFuture<DnsAnswer<DnsRecord>> impatient = directory.agents("f.example");
    CompletableFuture<DnsAnswer<DnsRecord>> patient = directory.agents("f.example");
    impatient.complete(new DnsAnswer.Unanswered<>("gave up"));
    names.open.getLast().complete(new DnsAnswer.Nothing<>(Duration.ofSeconds(10)));
    assertInstanceOf(DnsAnswer.Nothing.class, patient.join());
  }
}
