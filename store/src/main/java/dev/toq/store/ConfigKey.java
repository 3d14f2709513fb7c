package dev.toq.store;

import dev.toq.store.ValueRule.AbsolutePath;
import dev.toq.store.ValueRule.AgentName;
import dev.toq.store.ValueRule.Choice;
import dev.toq.store.ValueRule.Flag;
import dev.toq.store.ValueRule.Host;
import dev.toq.store.ValueRule.Line;
import dev.toq.store.ValueRule.Lines;
import dev.toq.store.ValueRule.Servers;
import dev.toq.store.ValueRule.Whole;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Every key that {@code config.toml} may hold at its top, in the order in which the file is written. First those of
 * specification 25.3, then those that the specification asks for without naming them, then our own.
 */
public enum ConfigKey {
  AGENT_NAME(new AgentName("agent")), // R-25.3-02
  HOST(new Host(Optional.of("localhost"))), // R-25.3-03
  /** 0 lets the system choose one at each start. */
  PORT(new Whole(9009, 0, 65535)), // R-25.3-04
  CONNECTION_MODE(new Choice("approval", // R-25.3-05, R-16.1-01
      List.of("open", "allowlist", "approval", "dns-verified"))),
  VERBOSITY(new Choice("non-technical", List.of("technical", "non-technical"))), // R-25.3-06
  LOG_LEVEL(new Choice("warn", List.of("error", "warn", "info", "debug"))), // R-25.3-07
  ACCEPT_FILES(new Flag(false)), // R-25.3-08
  MAX_FILE_SIZE(new Whole(10_485_760, 0, 1L << 40)), // R-25.3-09
  MAX_MESSAGE_SIZE(new Whole(1_048_576, 1024, 64L << 20)), // R-25.3-10, R-4.6-02
  MAX_CONNECTIONS(new Whole(1000, 1, 1_000_000)), // R-25.3-11
  MAX_THREADS_PER_CONNECTION(new Whole(100, 1, 1_000_000)), // R-25.3-12
  MAX_MESSAGE_QUEUE(new Whole(10_000, 1, 10_000_000)), // R-25.3-13
  MAX_PENDING_APPROVALS(new Whole(100, 0, 10_000)), // R-25.3-14
  HANDSHAKE_TIMEOUT(seconds(5)), // R-25.3-15
  NEGOTIATION_TIMEOUT(seconds(5)), // R-25.3-16
  ACK_TIMEOUT(seconds(10)), // R-25.3-17
  HEARTBEAT_INTERVAL(seconds(30)), // R-25.3-18
  HEARTBEAT_TIMEOUT(seconds(90)), // R-25.3-19
  SESSION_RESUME_TIMEOUT(seconds(300)), // R-25.3-20
  GRACEFUL_SHUTDOWN_TIMEOUT(seconds(60)), // R-25.3-21
  LOG_RETENTION_DAYS(days(30)), // R-25.3-22
  LOG_MAX_SIZE_MB(new Whole(500, 1, 1_000_000)), // R-25.3-23
  THREAD_CLEANUP_DAYS(days(30)), // R-25.3-24
  MDNS_ENABLED(new Flag(false)), // R-25.3-25
  A2A_ENABLED(new Flag(false)), // R-25.3-26
  A2A_API_KEY(new Line(Optional.empty())), // R-25.3-27
  A2A_PUBLIC_URL(new Line(Optional.empty())), // R-25.3-28
  ADAPTER(new Choice("http", List.of("http", "stdin", "sdk", "unix", "grpc"))), // R-25.3-30
  MESSAGE_HISTORY_LIMIT(new Whole(1000, 0, 10_000_000)), // R-25.3-29

  /** Seconds for which an id is remembered; the specification allows no less than its 5 minutes. */
  DEDUP_WINDOW(new Whole(86_400, 300, 31_536_000)),
  ROTATION_GRACE_DAYS(new Whole(7, 0, 36_500)), // R-24-02
  /** The longest pause in seconds that a peer's backpressure may ask of us. */
  MAX_BACKPRESSURE(new Whole(60, 1, 3600)),
  /** New connections per second and source address; 0 is no limit. */
  RATE_CONNECTIONS_PER_IP(new Whole(10, 0, 1_000_000)), // R-21.1-02
  /** Messages per second and connection; 0 is no limit. */
  RATE_MESSAGES(new Whole(0, 0, 10_000_000)), // R-21.1-03
  /** Whether the rate of connections counts for this machine's own addresses too. */
  RATE_LIMIT_LOOPBACK(new Flag(false)),
  /** Whether a key that replaced an approved one has to be approved itself. */
  HOLD_ROTATED_KEYS(new Flag(false)),
  BLOCKED_CONTENT_TYPES(new Lines()),
  LOG_BODIES(new Flag(false)),
  HEALTH_CHECK_INTERVAL(seconds(30)),
  /** The address to listen on, where it is not to follow from {@code host}. */
  BIND(new Host(Optional.empty())),
  /** Whether the router may be asked to lead the port here, where {@code host} is a public one. */
  UPNP(new Flag(true)),
  /** Seconds for which it is asked, renewed at half of what it grants. */
  PORT_MAPPING_LIFETIME(new Whole(3600, 10, 604_800)),

  /** The name servers to ask, as {@code host:port}; none is those of the system. */
  DNS_SERVERS(new Servers()),
  /** Who looks at the signatures of DNS: nobody, the name servers that are named, or this agent itself. */
  DNS_VALIDATE(new Choice("off", List.of("off", "resolver", "full"))),
  /** A file in zone format with the keys that {@code full} begins with, in place of those of the root. */
  DNS_TRUST_ANCHORS(new AbsolutePath()),

  /** Seconds until a connection to a peer must stand, from the first packet to the end of TLS. */
  CONNECT_TIMEOUT(seconds(2)),
  /** Seconds that one write to a peer may take before its connection is given up. */
  WRITE_TIMEOUT(seconds(10)),

  /** Seconds after which a message that could not be delivered is given up. */
  OUTBOX_EXPIRY(new Whole(604_800, 1, 31_536_000)),
  /** How many messages may wait for delivery. */
  MAX_OUTBOX(new Whole(10_000, 1, 1_000_000)),
  /** How many million bytes these may take. */
  MAX_OUTBOX_MB(new Whole(500, 1, 1_000_000)),
  /** How many messages the outbox shows that have come to their end. */
  OUTBOX_HISTORY_LIMIT(new Whole(1000, 0, 100_000));

  private final ValueRule rule;

  ConfigKey(ValueRule rule) {
    this.rule = rule;
  }

  private static ValueRule seconds(long usual) {
    return new Whole(usual, 1, 86_400);
  }

  private static ValueRule days(long usual) {
    return new Whole(usual, 1, 36_500);
  }

  /** The key as the file spells it. */
  public String toml() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The key of this spelling. */
  public static Optional<ConfigKey> of(String toml) {
    return Arrays.stream(values()).filter(key -> key.toml().equals(toml)).findFirst();
  }

  /** The value where the file names none: a Long, Boolean, String or List of String; empty where it is then unset. */
  public Optional<Object> standard() {
    return rule.standard();
  }

  /**
   * Why this value cannot be.
   *
   * @param value a Long, Boolean, String or List, as a TOML file gives it
   * @return what it must be, to follow the key's name; empty where the value is good
   */
  public Optional<String> complaint(Object value) {
    return rule.complaint(value);
  }

  /**
   * Reads a value that a person typed, without quotes.
   *
   * @throws IllegalArgumentException with a sentence where it cannot be
   */
  public Object typed(String text) {
    Object value = rule.typed(text);
    complaint(value).ifPresent(why -> {
      throw new IllegalArgumentException(toml() + " " + why);
    });
    return value;
  }

  /** Whether {@code toq setup} writes it into the file: the specification's keys that have a value. */
  boolean writtenAtSetup() {
    return ordinal() <= ADAPTER.ordinal() && standard().isPresent();
  }
}
