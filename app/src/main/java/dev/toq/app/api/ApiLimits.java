package dev.toq.app.api;

import java.time.Duration;

/**
 * What one caller may cost.
 *
 * @param maxMessageSize the largest message body, in bytes of compact JSON
 * @param historyLimit the most messages that one answer of the history holds; 0 shows none
 * @param maxSubscribers the most event streams open at once
 * @param maxConnections the most connections open at once; more are closed unanswered
 * @param heartbeat how often a silent event stream gets a comment line
 * @param idle how long a connection may be silent between requests, or block while it is read or written
 * @param bodyTime how long a request body may take to arrive
 */
public record ApiLimits(
    int maxMessageSize,
    int historyLimit,
    int maxSubscribers,
    int maxConnections,
    Duration heartbeat,
    Duration idle,
    Duration bodyTime) {

  /** The bytes of a request line and its headers together. */
  static final int HEADER_BYTES = 16 * 1024;

  private static final int LEAST_REQUEST_BYTES = 2 * 1024 * 1024;

  public ApiLimits {
    if (maxMessageSize < 1 || historyLimit < 0 || maxSubscribers < 1 || maxConnections < 1) {
      throw new IllegalArgumentException("limits are at least 1, that of the history at least 0");
    }
  }

  /** The limits of an installation that sets only the sizes. */
  public static ApiLimits of(int maxMessageSize, int historyLimit) {
    return new ApiLimits(maxMessageSize, historyLimit, 100, 512, Duration.ofSeconds(10), Duration.ofSeconds(30),
        Duration.ofSeconds(30));
  }

  /** The largest request body in bytes: room for a message of the largest size that is written with some escapes. */
  int maxRequestBytes() {
    return (int) Math.max(LEAST_REQUEST_BYTES, Math.min(2L * maxMessageSize, Integer.MAX_VALUE - 8));
  }
}
