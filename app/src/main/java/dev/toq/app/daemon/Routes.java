package dev.toq.app.daemon;

import dev.toq.app.dns.DnsAnswer;
import dev.toq.app.dns.NameSystem;
import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Config.DnsValidation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Finds where an address leads (specification 3.3): the places of its host, its port, and the key that is to answer.
 */
final class Routes {
  private final NameSystem names;
  private final DnsValidation validation;
  private final Nearby nearby;

  Routes(NameSystem names, DnsValidation validation, Nearby nearby) {
    this.nearby = nearby;
    this.names = names;
    this.validation = validation;
  }

  /** The name system says something that nothing may be built on. */
  static final class UntrustedNameException extends IOException {
    private static final long serialVersionUID = 1;

    UntrustedNameException(String message) {
      super(message);
    }
  }

  /**
   * @param ownHost an address with this host is reached over loopback: many routers do not lead back what goes to their
   *     outside address
   * @param limit waits no longer
   * @throws UnknownHostException where the host has no address
   * @throws UntrustedNameException where the name system cannot be trusted about it (R-15.4-03)
   */
  Route find(Address to, String ownHost, Duration limit) throws IOException, InterruptedException {
    boolean isHere = to.isLoopbackHost() || to.host().equals(ownHost);
    if (to.isLoopbackHost() || isAddress(to)) { // R-3.3-01
      InetAddress place = isHere ? InetAddress.getLoopbackAddress() : InetAddress.getByName(to.dialHost());
      return new Route(List.of(new InetSocketAddress(place, to.dialPort())), Set.of());
    }
    long deadline = System.nanoTime() + limit.toNanos();
    if (to.host().endsWith(".local")) {
      return nearby(to, isHere, limit, deadline);
    }
    CompletableFuture<DnsAnswer<DnsRecord>> agents = DnsRecord.mayBeAt(to) ? names.agents(to.host())
        : CompletableFuture.completedFuture(new DnsAnswer.Nothing<>(Duration.ZERO));
    List<InetAddress> hosts = isHere ? List.of(InetAddress.getLoopbackAddress())
        : hosts(to, told(names.addresses(to.host()), deadline));
    List<DnsRecord> records = records(to, told(agents, deadline));
    int port = to.port().orElse(records.isEmpty() ? Spec.DEFAULT_PORT : portOf(records.getFirst())); // R-3.3-03
    Set<PublicKey> published = records.stream().filter(record -> to.port().isPresent() || portOf(record) == port)
        .map(DnsRecord::key).collect(Collectors.toSet());
    return new Route(hosts.stream().map(host -> new InetSocketAddress(host, port)).toList(), published);
  }

  private static int portOf(DnsRecord record) {
    return record.port().orElse(Spec.DEFAULT_PORT);
  }

  /**
   * By mDNS, where the owner switched it on. The system's resolver may ask by multicast too, so it is asked only then,
   * and only about a host that no agent of this name announces: nothing then says which key has to answer.
   */
  private Route nearby(Address to, boolean isHere, Duration limit, long deadline)
      throws IOException, InterruptedException {
    if (!nearby.isOn() && !isHere) { // R-3.3-02
      throw new IOException("mDNS is off; mdns_enabled = true in config.toml switches it on");
    }
    List<Nearby.Found> found = nearby.agents(limit).stream().filter(agent -> agent.address().equals(to)).toList();
    List<InetAddress> places = isHere ? List.of(InetAddress.getLoopbackAddress())
        : found.isEmpty() ? hosts(to, told(names.addresses(to.host()), deadline))
        : found.stream().flatMap(agent -> agent.places().stream()).distinct().toList();
    return new Route(places.stream().map(place -> new InetSocketAddress(place, to.dialPort())).toList(),
        found.stream().map(Nearby.Found::key).collect(Collectors.toSet()));
  }

  private static boolean isAddress(Address to) {
    return !to.isDomain() && !to.host().endsWith(".local");
  }

  private static <T> DnsAnswer<T> told(CompletableFuture<DnsAnswer<T>> asked, long deadline) {
    long left = deadline - System.nanoTime();
    return asked.completeOnTimeout(
        new DnsAnswer.Unanswered<>("the time to connect is over"), Math.max(0, left), TimeUnit.NANOSECONDS).join();
  }

  private List<InetAddress> hosts(Address to, DnsAnswer<InetAddress> answer) throws IOException {
    return switch (answer) {
      case DnsAnswer.Found<InetAddress> found -> found.all();
      case DnsAnswer.Nothing<InetAddress> nothing -> throw new UnknownHostException(to.host());
      case DnsAnswer.Bogus<InetAddress>(String reason) -> throw untrusted(to, reason);
      case DnsAnswer.Unanswered<InetAddress>(String reason) ->
          throw new IOException("looking up " + to.host() + ": " + PeerText.shown(reason));
    };
  }

  /**
   * The records about this agent. Silence takes them away from an owner who wants proof, but not from one who relies on
   * pins: else a network without name servers could reach nobody by name.
   */
  private List<DnsRecord> records(Address to, DnsAnswer<DnsRecord> answer) throws UntrustedNameException {
    return switch (answer) {
      case DnsAnswer.Found<DnsRecord> found -> found.all().stream().filter(record -> record.isAbout(to)).toList();
      case DnsAnswer.Nothing<DnsRecord> nothing -> List.of();
      case DnsAnswer.Bogus<DnsRecord>(String reason) -> throw untrusted(to, reason);
      case DnsAnswer.Unanswered<DnsRecord>(String reason) when validation == DnsValidation.OFF -> // R-15.4-04
          List.of();
      case DnsAnswer.Unanswered<DnsRecord>(String reason) -> throw untrusted(to, reason);
    };
  }

  private static UntrustedNameException untrusted(Address to, String reason) {
    return new UntrustedNameException("DNS cannot be trusted about " + to.host() + ": " + PeerText.shown(reason));
  }
}
