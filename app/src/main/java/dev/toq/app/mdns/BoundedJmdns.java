package dev.toq.app.mdns;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jmdns.impl.DNSCache;
import javax.jmdns.impl.DNSEntry;
import javax.jmdns.impl.DNSRecord;
import javax.jmdns.impl.JmDNSImpl;
import javax.jmdns.impl.constants.DNSRecordType;

/**
 * JmDNS that keeps no more than it has room for. As released it keeps every record of every packet until the record's
 * own time is over, which the sender names; anybody on the network could fill the memory.
 */
final class BoundedJmdns extends JmDNSImpl {
  static final String TYPE = "_toq._tcp.local.";

  /** Four records for each of some two hundred agents. */
  static final int MOST_RECORDS = 1000;

  private final Cache cache;

  BoundedJmdns(InetAddress address, String hostName) throws IOException {
    this.cache = new Cache(); // before the threads that the next line starts ask for it
    super(address, hostName);
  }

  @Override
  public DNSCache getCache() {
    return cache;
  }

  /** Other services are nothing to us, and their types would be kept for good. */
  @Override
  public boolean registerServiceType(String type) {
    return type.toLowerCase(Locale.ROOT).endsWith(TYPE) && type.length() == TYPE.length()
        && super.registerServiceType(type);
  }

  /** A record that found no room is not told to those who listen either: they keep what they heard. */
  @Override
  public void updateRecord(long now, DNSRecord record, Operation operation) {
    if (operation != Operation.Add || cache.holds(record)) {
      super.updateRecord(now, record, operation);
    }
  }

  /** Records about agents, and addresses: of any host, because they may come before the agent's own record. */
  private static final class Cache extends DNSCache {
    private static final long serialVersionUID = 1;

    private final transient AtomicInteger size = new AtomicInteger();

    boolean holds(DNSEntry entry) {
      return getDNSEntry(entry) != null;
    }

    @Override
    public boolean addDNSEntry(DNSEntry entry) {
      if (!concernsUs(entry) || size.get() >= MOST_RECORDS) {
        return false;
      }
      boolean added = super.addDNSEntry(entry);
      if (added) {
        size.incrementAndGet();
      }
      return added;
    }

    @Override
    public boolean removeDNSEntry(DNSEntry entry) {
      boolean removed = super.removeDNSEntry(entry);
      if (removed) {
        size.decrementAndGet();
      }
      return removed;
    }

    @Override
    public void clear() {
      super.clear();
      size.set(0);
    }

    private static boolean concernsUs(DNSEntry entry) {
      DNSRecordType type = entry.getRecordType();
      return type == DNSRecordType.TYPE_A || type == DNSRecordType.TYPE_AAAA || entry.getKey().endsWith(TYPE);
    }
  }
}
