package dev.toq.app.dns;

import dev.toq.protocol.identity.DnsRecord;
import dev.toq.store.Config;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The domain name system over the network: the servers of the configuration, or those of the system.
 *
 * <p>Addresses come from the platform, with all that its owner set up there, unless servers are named or we check
 * signatures ourselves; then they come from where the TXT records come from.
 */
public final class DnsNames implements NameSystem {
  private final Servers servers;
  private final Executor executor = task -> Thread.ofVirtual().name("toq-dns").start(task);

  private DnsNames(Servers servers) {
    this.servers = servers;
  }

  /**
   * As the owner configured it.
   *
   * @throws IOException where the file of trust anchors cannot be used; its message is a sentence
   */
  public static DnsNames of(Config config) throws IOException {
    return new DnsNames(new Servers(config));
  }

  @Override
  public CompletableFuture<DnsAnswer<DnsRecord>> agents(String domain) {
    return records(DnsRecord.LABELS + "." + domain, Type.TXT).thenApply(answer -> answer.read(DnsNames::agent));
  }

  /** A record that is none of ours, or breaks our rules, is skipped (R-19.3-01). */
  private static List<DnsRecord> agent(Record record) {
    if (!(record instanceof TXTRecord txt)) {
      return List.of();
    }
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    txt.getStringsAsByteArrays().forEach(joined::writeBytes);
    return DnsRecord.parse(joined.toString(StandardCharsets.ISO_8859_1)).stream().toList(); // R-19.2-01
  }

  @Override
  public CompletableFuture<DnsAnswer<InetAddress>> addresses(String host) {
    // A name without a dot means something in the owner's own network only: its search list and hosts file know.
    if (!servers.areNamed() && !servers.validates() || host.indexOf('.') < 0 || host.endsWith(".local")) {
      return platform(host);
    }
    return records(host, Type.AAAA).thenCombine(records(host, Type.A), DnsNames::both)
        .thenApply(answer -> answer.read(DnsNames::address)).thenApply(DnsNames::inTurn);
  }

  private static DnsAnswer<InetAddress> inTurn(DnsAnswer<InetAddress> answer) {
    return answer instanceof DnsAnswer.Found<InetAddress>(var all, boolean isSecure, Duration ttl)
        ? new DnsAnswer.Found<>(alternating(all), isSecure, ttl) : answer;
  }

  private CompletableFuture<DnsAnswer<Record>> records(String name, int type) {
    try {
      return Lookup.start(servers.resolver(), executor, servers.believesAd(), Name.fromString(name + "."), type);
    } catch (TextParseException tooLong) {
      return CompletableFuture.completedFuture(new DnsAnswer.Nothing<>(AgentDirectory.MOST_KEPT));
    } catch (IOException withoutAnchors) {
      return CompletableFuture.completedFuture(new DnsAnswer.Bogus<>(String.valueOf(withoutAnchors.getMessage())));
    }
  }

  private CompletableFuture<DnsAnswer<InetAddress>> platform(String host) {
    return CompletableFuture.supplyAsync(() -> ofPlatform(host), executor).completeOnTimeout(
        new DnsAnswer.Unanswered<>("the system's resolver is silent"), LIMIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static DnsAnswer<InetAddress> ofPlatform(String host) {
    try {
      List<InetAddress> all = Arrays.stream(InetAddress.getAllByName(host)).limit(MOST_ANSWERS).toList();
      return new DnsAnswer.Found<>(alternating(all), false, Duration.ZERO);
    } catch (UnknownHostException unknown) {
      return new DnsAnswer.Nothing<>(Duration.ZERO);
    }
  }

  /** A name is worth nothing where either answer is bogus; one family is enough where the other was not told. */
  private static DnsAnswer<Record> both(DnsAnswer<Record> six, DnsAnswer<Record> four) {
    if (six instanceof DnsAnswer.Bogus || four instanceof DnsAnswer.Bogus) {
      return six instanceof DnsAnswer.Bogus ? six : four;
    }
    if (six instanceof DnsAnswer.Found<Record> first && four instanceof DnsAnswer.Found<Record> second) {
      return new DnsAnswer.Found<>(Stream.concat(first.all().stream(), second.all().stream()).toList(),
          first.isSecure() && second.isSecure(),
          first.ttl().compareTo(second.ttl()) < 0 ? first.ttl() : second.ttl());
    }
    if (six instanceof DnsAnswer.Found || four instanceof DnsAnswer.Found) {
      return six instanceof DnsAnswer.Found ? six : four;
    }
    return six instanceof DnsAnswer.Unanswered ? six : four;
  }

  private static List<InetAddress> address(Record record) {
    InetAddress named = switch (record) {
      case AAAARecord six -> six.getAddress();
      case ARecord four -> four.getAddress();
      default -> null;
    };
    try {
      return named == null ? List.of() : List.of(InetAddress.getByAddress(named.getAddress())); // without the name
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Both families in turn, beginning with the one that came first (RFC 8305 section 4). */
  static List<InetAddress> alternating(List<InetAddress> all) {
    if (all.isEmpty()) {
      return all;
    }
    boolean sixFirst = all.getFirst() instanceof Inet6Address;
    Deque<InetAddress> first = new ArrayDeque<>();
    Deque<InetAddress> second = new ArrayDeque<>();
    all.forEach(one -> (one instanceof Inet6Address == sixFirst ? first : second).add(one));
    List<InetAddress> mixed = new ArrayList<>();
    while (!first.isEmpty() || !second.isEmpty()) {
      Stream.of(first, second).filter(rest -> !rest.isEmpty()).forEach(rest -> mixed.add(rest.remove()));
    }
    return List.copyOf(mixed);
  }
}
