package dev.toq.app.mdns;

import dev.toq.app.daemon.Nearby.Found;
import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import org.jspecify.annotations.Nullable;
import org.tinylog.Logger;

/** One network: a JmDNS of its own on one address of this machine, which says what it hears of agents. */
final class Link implements ServiceListener, AutoCloseable {
  /** More agents on one network are passed over. */
  private static final int MOST = 256;

  /** Where Linux tells the machine's name; the platform's own way asks DNS for it too. */
  private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

  private final InetAddress address;
  private final BoundedJmdns jmdns;
  private final Map<String, Found> found = new ConcurrentHashMap<>();
  /** The services that JmDNS was told to find out about. */
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private @Nullable ServiceInfo announced;

  private Link(InetAddress address, BoundedJmdns jmdns) {
    this.address = address;
    this.jmdns = jmdns;
  }

  /** Listens at this address of an interface. */
  static Link open(InetAddress address) throws IOException {
    Link link = new Link(address, new BoundedJmdns(address, hostName()));
    link.jmdns.addServiceListener(BoundedJmdns.TYPE, link);
    return link;
  }

  /** This machine's name, as it stands before {@code .local}. */
  private static String hostName() throws IOException {
    String name =
        Files.isReadable(KERNEL) ? Files.readString(KERNEL).strip() : InetAddress.getLocalHost().getHostName();
    String first = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
    String plain = first.replaceAll("[^A-Za-z0-9-]", "-").replaceAll("^-+|-+$", "");
    return plain.isEmpty() ? "toq" : plain.substring(0, Math.min(plain.length(), 60));
  }

  InetAddress address() {
    return address;
  }

  /** The host that stands in the announcement now: this machine's name, or one made from it where another has that. */
  String host() {
    return jmdns.getHostName().toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
  }

  /** How many records of all that was heard are kept. */
  int records() {
    return jmdns.getCache().allValues().size();
  }

  List<Found> found() {
    return List.copyOf(found.values());
  }

  /** Announces the agent, in place of what was announced before. Takes seconds. R-20.2-01 */
  synchronized void announce(String agent, int port, PublicKey key) throws IOException {
    ServiceInfo before = announced;
    if (before != null) {
      jmdns.unregisterService(before);
    }
    ServiceInfo service = ServiceInfo.create(BoundedJmdns.TYPE, agent, port, 0, 0, TxtRecord.of(key));
    announced = service;
    jmdns.registerService(service);
  }

  @Override
  public void serviceAdded(ServiceEvent event) {
    if (asked.size() >= MOST || !asked.add(event.getName())) {
      return; // each question costs packets and memory, and a stranger can name thousands
    }
    jmdns.requestServiceInfo(event.getType(), event.getName(), 1); // asks for what is missing; does not wait for it
  }

  @Override
  public void serviceRemoved(ServiceEvent event) {
    asked.remove(event.getName());
    found.remove(event.getName());
  }

  /** Comes again with each record that was missing, and with each that changes. */
  @Override
  public void serviceResolved(ServiceEvent event) {
    Announcement.read(event.getName(), event.getInfo(), address.isLoopbackAddress()).ifPresentOrElse(
        agent -> keep(event.getName(), agent), () -> found.remove(event.getName()));
  }

  private void keep(String name, Found agent) {
    if (found.size() < MOST || found.containsKey(name)) {
      found.put(name, agent);
    }
  }

  /** Says goodbye; takes two seconds. */
  @Override
  public void close() {
    try {
      jmdns.close();
    } catch (RuntimeException failed) {
      Logger.debug("closing mDNS at {}: {}", address.getHostAddress(), failed.toString());
    }
  }
}
