package dev.toq.store;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the owner set, complete: a key that the file does not name has its default (R-25.3-01). Immutable; every value
 * obeys its {@link ConfigKey}.
 */
public final class Config {
  /** Who may connect (specification 5.4). */
  public enum ConnectionMode {
    OPEN,
    ALLOWLIST,
    APPROVAL,
    DNS_VERIFIED;

    /** As the file, the card and the API spell it. */
    public String wire() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Who looks at the signatures of DNS. */
  public enum DnsValidation {
    OFF,
    RESOLVER,
    FULL
  }

  /** How much the log tells. */
  public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  private static final Config STANDARD = new Config(Map.of(), Map.of());

  private final Map<ConfigKey, Object> values;
  private final Map<String, Map<String, String>> adapters;

  /** Values that are set; the caller has checked them. */
  Config(Map<ConfigKey, Object> values, Map<String, Map<String, String>> adapters) {
    this.values = values.isEmpty() ? new EnumMap<>(ConfigKey.class) : new EnumMap<>(values);
    this.adapters = Map.copyOf(adapters);
  }

  /** All defaults. */
  public static Config standard() {
    return STANDARD;
  }

  /**
   * This configuration with one value changed.
   *
   * @param value a Long, Boolean, String or List of String
   * @throws IllegalArgumentException with a sentence where the key does not take this value
   */
  public Config with(ConfigKey key, Object value) {
    key.complaint(value).ifPresent(why -> {
      throw new IllegalArgumentException(key.toml() + " " + why);
    });
    Map<ConfigKey, Object> changed = new EnumMap<>(values);
    changed.put(key, value);
    return new Config(changed, adapters);
  }

  /** The value of a key, set or default; empty where it is unset and has none. */
  public Optional<Object> value(ConfigKey key) {
    Object set = values.get(key);
    return set == null ? key.standard() : Optional.of(set);
  }

  /** Every key with the value that counts, in the order of the file; unset ones are left out. */
  public Map<String, Object> all() {
    Map<String, Object> all = new LinkedHashMap<>();
    for (ConfigKey key : ConfigKey.values()) {
      value(key).ifPresent(value -> all.put(key.toml(), value));
    }
    return all;
  }

  /** The settings of one adapter where its table stands in the file, with defaults for the rest. */
  public Optional<Map<String, String>> adapterTable(String name) {
    return Optional.ofNullable(adapters.get(name));
  }

  public String agentName() {
    return text(ConfigKey.AGENT_NAME);
  }

  public String host() {
    return text(ConfigKey.HOST);
  }

  /** 0 to 65535; 0 lets the system choose. */
  public int port() {
    return number(ConfigKey.PORT);
  }

  public Optional<String> bind() {
    return optionalText(ConfigKey.BIND);
  }

  public ConnectionMode connectionMode() {
    return switch (text(ConfigKey.CONNECTION_MODE)) {
      case "open" -> ConnectionMode.OPEN;
      case "allowlist" -> ConnectionMode.ALLOWLIST;
      case "dns-verified" -> ConnectionMode.DNS_VERIFIED;
      case "approval" -> ConnectionMode.APPROVAL;
      case String other -> throw new IllegalStateException("the rule of connection_mode let through: " + other);
    };
  }

  /** Whether the owner wants technical detail rather than plain language. */
  public boolean technical() {
    return text(ConfigKey.VERBOSITY).equals("technical");
  }

  /** What the log tells: as set, else by verbosity. */
  public LogLevel logLevel() {
    return switch (text(ConfigKey.LOG_LEVEL)) {
      case "error" -> LogLevel.ERROR;
      case "info" -> LogLevel.INFO;
      case "debug" -> LogLevel.DEBUG;
      case String warn -> technical() && !values.containsKey(ConfigKey.LOG_LEVEL) ? LogLevel.INFO : LogLevel.WARN;
    };
  }

  public boolean acceptFiles() {
    return flag(ConfigKey.ACCEPT_FILES);
  }

  /** Bytes. */
  public long maxFileSize() {
    return whole(ConfigKey.MAX_FILE_SIZE);
  }

  /** Bytes, 1 KiB to 64 MiB. */
  public int maxMessageSize() {
    return number(ConfigKey.MAX_MESSAGE_SIZE); // R-4.6-03
  }

  public int maxConnections() {
    return number(ConfigKey.MAX_CONNECTIONS);
  }

  public int maxThreadsPerConnection() {
    return number(ConfigKey.MAX_THREADS_PER_CONNECTION);
  }

  public int maxMessageQueue() {
    return number(ConfigKey.MAX_MESSAGE_QUEUE);
  }

  public int maxPendingApprovals() {
    return number(ConfigKey.MAX_PENDING_APPROVALS);
  }

  public Duration handshakeTimeout() {
    return seconds(ConfigKey.HANDSHAKE_TIMEOUT); // R-24-01, as each of the following
  }

  public Duration negotiationTimeout() {
    return seconds(ConfigKey.NEGOTIATION_TIMEOUT);
  }

  public Duration ackTimeout() {
    return seconds(ConfigKey.ACK_TIMEOUT);
  }

  public Duration heartbeatInterval() {
    return seconds(ConfigKey.HEARTBEAT_INTERVAL);
  }

  public Duration heartbeatTimeout() {
    return seconds(ConfigKey.HEARTBEAT_TIMEOUT);
  }

  public Duration sessionResumeTimeout() {
    return seconds(ConfigKey.SESSION_RESUME_TIMEOUT);
  }

  public Duration gracefulShutdownTimeout() {
    return seconds(ConfigKey.GRACEFUL_SHUTDOWN_TIMEOUT);
  }

  public Duration logRetention() {
    return Duration.ofDays(whole(ConfigKey.LOG_RETENTION_DAYS));
  }

  /** Bytes; the key counts in units of 1,000,000. */
  public long logMaxSize() {
    return whole(ConfigKey.LOG_MAX_SIZE_MB) * 1_000_000;
  }

  public boolean mdnsEnabled() {
    return flag(ConfigKey.MDNS_ENABLED);
  }

  public boolean a2aEnabled() {
    return flag(ConfigKey.A2A_ENABLED);
  }

  public Optional<String> a2aApiKey() {
    return optionalText(ConfigKey.A2A_API_KEY);
  }

  public Optional<String> a2aPublicUrl() {
    return optionalText(ConfigKey.A2A_PUBLIC_URL);
  }

  /** How many messages the history shows. */
  public int messageHistoryLimit() {
    return number(ConfigKey.MESSAGE_HISTORY_LIMIT);
  }

  /** At least 5 minutes. */
  public Duration dedupWindow() {
    return seconds(ConfigKey.DEDUP_WINDOW);
  }

  public Duration maxBackpressure() {
    return seconds(ConfigKey.MAX_BACKPRESSURE);
  }

  /** New connections per second and source address; 0 is no limit. */
  public int rateConnectionsPerIp() {
    return number(ConfigKey.RATE_CONNECTIONS_PER_IP);
  }

  /** Messages per second and connection; 0 is no limit. */
  public int rateMessages() {
    return number(ConfigKey.RATE_MESSAGES);
  }

  public boolean rateLimitLoopback() {
    return flag(ConfigKey.RATE_LIMIT_LOOPBACK);
  }

  public boolean holdRotatedKeys() {
    return flag(ConfigKey.HOLD_ROTATED_KEYS);
  }

  public List<String> blockedContentTypes() {
    return list(ConfigKey.BLOCKED_CONTENT_TYPES);
  }

  /** Whether a router may be asked for a port. */
  public boolean upnp() {
    return flag(ConfigKey.UPNP);
  }

  public Duration portMappingLifetime() {
    return seconds(ConfigKey.PORT_MAPPING_LIFETIME);
  }

  public Duration healthCheckInterval() {
    return seconds(ConfigKey.HEALTH_CHECK_INTERVAL);
  }

  /** {@code address} or {@code address:port} each; empty for those of the system. */
  public List<String> dnsServers() {
    return list(ConfigKey.DNS_SERVERS);
  }

  public DnsValidation dnsValidation() {
    return switch (text(ConfigKey.DNS_VALIDATE)) {
      case "full" -> DnsValidation.FULL;
      case "resolver" -> DnsValidation.RESOLVER;
      case String off -> DnsValidation.OFF;
    };
  }

  /** The absolute path of a file in zone format. */
  public Optional<String> dnsTrustAnchors() {
    return optionalText(ConfigKey.DNS_TRUST_ANCHORS);
  }

  public Duration connectTimeout() {
    return seconds(ConfigKey.CONNECT_TIMEOUT);
  }

  public Duration writeTimeout() {
    return seconds(ConfigKey.WRITE_TIMEOUT);
  }

  public Duration outboxExpiry() {
    return seconds(ConfigKey.OUTBOX_EXPIRY);
  }

  /** How many messages may be unfinished. */
  public int maxOutbox() {
    return number(ConfigKey.MAX_OUTBOX);
  }

  /** Bytes; the key counts in units of 1,000,000. */
  public long maxOutboxBytes() {
    return whole(ConfigKey.MAX_OUTBOX_MB) * 1_000_000;
  }

  public int outboxHistoryLimit() {
    return number(ConfigKey.OUTBOX_HISTORY_LIMIT);
  }

  private String text(ConfigKey key) {
    return (String) value(key).orElseThrow();
  }

  private Optional<String> optionalText(ConfigKey key) {
    return value(key).map(String.class::cast);
  }

  private List<String> list(ConfigKey key) {
    return value(key).orElse(List.of()) instanceof List<?> items
        ? items.stream().map(String::valueOf).toList()
        : List.of();
  }

  private long whole(ConfigKey key) {
    return (Long) value(key).orElseThrow();
  }

  private int number(ConfigKey key) {
    return Math.toIntExact(whole(key));
  }

  private boolean flag(ConfigKey key) {
    return (Boolean) value(key).orElseThrow();
  }

  private Duration seconds(ConfigKey key) {
    return Duration.ofSeconds(whole(key));
  }
}
