package dev.toq.app.daemon;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many connections each source may open a second (specification 5.8, A-57). A source is an IPv4 address, or the
 * first 64 bits of an IPv6 address, because one host may have all the others. Used by the accepting thread only.
 */
final class SourceRates {
  /** So many sources are counted; beyond, the one that has not come for the longest time is forgotten. */
  static final int MOST_SOURCES = 10_000;

  private final Ticker ticker;
  private final int perSecond;
  private final boolean countsLoopback;
  private final Map<Long, Rate> rates = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Rate> eldest) {
      return size() > MOST_SOURCES;
    }
  };

  /**
   * @param perSecond 0 is no limit
   * @param countsLoopback whether this machine's own addresses are counted too
   */
  SourceRates(Ticker ticker, int perSecond, boolean countsLoopback) {
    this.ticker = ticker;
    this.perSecond = perSecond;
    this.countsLoopback = countsLoopback;
  }

  /** Counts a new connection; false where this source has opened too many in the last second (R-5.8-01). */
  boolean allows(InetAddress source) {
    if (perSecond == 0 || source.isLoopbackAddress() && !countsLoopback) {
      return true;
    }
    return rates.computeIfAbsent(key(source), unknown -> new Rate(ticker, perSecond)).allowsOne(); // R-5.8-02
  }

  int sources() {
    return rates.size();
  }

  /** An IPv4 address is below every 64-bit prefix that is given to hosts (RFC 4291: 2000::/3, fc00::/7, fe80::/10). */
  private static long key(InetAddress source) {
    ByteBuffer bytes = ByteBuffer.wrap(source.getAddress());
    return source instanceof Inet6Address ? bytes.getLong() : Integer.toUnsignedLong(bytes.getInt());
  }
}
