package dev.toq.app.dns;

import dev.toq.protocol.identity.DnsRecord;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Answers about names. Every future is complete within {@link #LIMIT}, and never exceptionally. Safe for use by many
 * threads.
 */
public interface NameSystem {
  /** No question takes longer. */
  Duration LIMIT = Duration.ofSeconds(2);

  /** More records of a domain, or addresses of a host, are not read. */
  int MOST_ANSWERS = 256;

  /**
   * The agents that a domain publishes: its valid toq records (R-19.2-01).
   *
   * @param domain a host as an address holds it
   */
  CompletableFuture<DnsAnswer<DnsRecord>> agents(String domain);

  /** The addresses of a host that is a name, of both families, in the order in which they are to be tried. */
  CompletableFuture<DnsAnswer<InetAddress>> addresses(String host);
}
