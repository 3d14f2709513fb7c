package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/** Agents that announce themselves on the local network (specification section 20). Nothing they say is proven. */
public interface Nearby {
  /** Where the owner did not switch it on: nothing is announced, nobody is heard (R-20.1-01). */
  Nearby OFF = new Nearby() {
    @Override
    public boolean isOn() {
      return false;
    }

    @Override
    public List<Found> agents(Duration limit) {
      return List.of();
    }

    @Override
    public boolean isOwnHost(String host) {
      return false;
    }

    @Override
    public void announce(PublicKey key) {}
  };

  /**
   * One announcement.
   *
   * @param address where the agent says that it is, with a host below {@code .local}
   * @param key who has to answer there
   * @param places the IP addresses of that host, as announced; not empty
   */
  record Found(Address address, PublicKey key, List<InetAddress> places) {
    public Found {
      places = List.copyOf(places);
    }
  }

  /** Whether the owner switched it on. */
  boolean isOn();

  /** Who is there now, other than this agent; waits so long where the first answers had no time to come yet. */
  List<Found> agents(Duration limit) throws InterruptedException;

  /** Whether this agent is announced under this host: who found it there calls it so. */
  boolean isOwnHost(String host);

  /** This agent has another key from now on. */
  void announce(PublicKey key);
}
