package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.app.dns.DnsAnswer;
import dev.toq.app.dns.NameSystem;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.store.Config.DnsValidation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutesTest {
  /** Knows nothing, and remembers what it was asked. */
  private static final class Asked implements NameSystem {
    final List<String> questions = new ArrayList<>();

    @Override
    public CompletableFuture<DnsAnswer<DnsRecord>> agents(String domain) {
      questions.add(domain);
      return CompletableFuture.completedFuture(new DnsAnswer.Nothing<>(Duration.ZERO));
    }

    @Override
    public CompletableFuture<DnsAnswer<InetAddress>> addresses(String host) {
      questions.add(host);
      return CompletableFuture.completedFuture(new DnsAnswer.Nothing<>(Duration.ZERO));
    }
  }

  @ParameterizedTest
  @CsvSource({"toq://192.0.2.7:9100/bob, 192.0.2.7, 9100", "toq://192.0.2.7/bob, 192.0.2.7, 9009",
      "toq://[2001:db8::7]/bob, 2001:db8::7, 9009", "toq://localhost:9100/bob, 127.0.0.1, 9100"})
  @DisplayName("R-3.3-01: an IP address leads to itself, on its port or 9009, and the name system is not asked")
  void literal(String address, String host, int port) throws Exception {
    Asked names = new Asked();
    Route route = new Routes(names, DnsValidation.OFF, Nearby.OFF)
        .find(Address.parse(address), "elsewhere.example", Duration.ofSeconds(1));
    assertEquals(new Route(List.of(new InetSocketAddress(InetAddress.ofLiteral(host), port)), Set.of()), route);
    assertEquals(List.of(), names.questions);
  }
}
