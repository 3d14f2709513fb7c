package dev.toq.app.dns;

import dev.toq.protocol.identity.Address;
import dev.toq.store.Config;
import dev.toq.store.Config.DnsValidation;
import dev.toq.store.StoreException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.dnssec.ValidatingResolver;

/** The name servers to ask, and whether we check the signatures of what they say. */
final class Servers {
  private static final int PORT = 53;

  /** A datagram may get lost: each server is asked again after so long, within the limit of the question. */
  private static final Duration ATTEMPT = Duration.ofMillis(700);

  private static final String ROOT = "root-anchors";

  private final List<InetSocketAddress> named;
  private final DnsValidation validation;
  private final Optional<Path> anchors;
  private final ReentrantLock lock = new ReentrantLock();
  private List<InetSocketAddress> asked = List.of();
  private Optional<Resolver> resolver = Optional.empty();

  /**
   * Those of the configuration, else those of the system.
   *
   * @throws StoreException where the trust anchors cannot be read
   */
  Servers(Config config) throws IOException {
    this.named = named(config.dnsServers());
    this.validation = config.dnsValidation();
    this.anchors = config.dnsTrustAnchors().map(Path::of);
    if (validates()) {
      resolver(); // now, to tell the owner if the anchors cannot be read
    }
  }

  private static List<InetSocketAddress> named(List<String> texts) throws UnknownHostException {
    List<InetSocketAddress> servers = new ArrayList<>();
    for (String text : texts) {
      boolean bareIpv6 = text.indexOf(':') != text.lastIndexOf(':') && !text.startsWith("[");
      Address read = Address.parse("toq://" + (bareIpv6 ? "[" + text + "]" : text) + "/agent");
      servers.add(new InetSocketAddress(InetAddress.getByName(read.dialHost()), read.port().orElse(PORT)));
    }
    return List.copyOf(servers);
  }

  boolean areNamed() {
    return !named.isEmpty();
  }

  boolean validates() {
    return validation == DnsValidation.FULL;
  }

  /** The AD bit is our own word, or that of a server which the owner named for it. */
  boolean believesAd() {
    return validates() || validation == DnsValidation.RESOLVER && areNamed();
  }

  /**
   * Whom to ask now: a machine that changes its network changes its system's servers.
   *
   * @throws StoreException where the trust anchors cannot be read, or not any more
   */
  Resolver resolver() throws IOException {
    lock.lock();
    try {
      List<InetSocketAddress> now = areNamed() ? named : ofSystem();
      if (resolver.isEmpty() || !now.equals(asked)) {
        Resolver all = all(now);
        resolver = Optional.of(validates() ? validating(all) : all);
        asked = now;
      }
      return resolver.get();
    } finally {
      lock.unlock();
    }
  }

  private static List<InetSocketAddress> ofSystem() {
    ResolverConfig.refresh();
    return List.copyOf(ResolverConfig.getCurrentConfig().servers());
  }

  private static Resolver all(List<InetSocketAddress> servers) {
    List<Resolver> each = new ArrayList<>();
    servers.forEach(server -> each.add(new SimpleResolver(server)));
    ExtendedResolver all = new ExtendedResolver(each);
    all.setTimeout(NameSystem.LIMIT);
    for (Resolver one : all.getResolvers()) {
      one.setTimeout(ATTEMPT);
    }
    return all;
  }

  private Resolver validating(Resolver head) throws IOException {
    ValidatingResolver validating = new ValidatingResolver(head);
    try (InputStream in = anchors()) {
      validating.loadTrustAnchors(in);
    } catch (IOException | RuntimeException unreadable) {
      throw unusable(unreadable);
    }
    if (validating.getTrustAnchors().items().isEmpty()) {
      throw unusable(new IOException("no anchor in the file"));
    }
    return validating;
  }

  private InputStream anchors() throws IOException {
    if (anchors.isPresent()) {
      return new BufferedInputStream(Files.newInputStream(anchors.get()));
    }
    InputStream ours = Servers.class.getResourceAsStream(ROOT);
    if (ours == null) {
      throw new IllegalStateException("the anchors of the root are not in this jar");
    }
    return ours;
  }

  private StoreException unusable(Exception why) {
    return new StoreException(
        "dns_trust_anchors: no DS or DNSKEY record can be read from " + anchors.map(Path::toString).orElse(ROOT),
        "name a file in zone format, as in: example.com. 3600 IN DS 12345 13 2 0123…", why);
  }
}
