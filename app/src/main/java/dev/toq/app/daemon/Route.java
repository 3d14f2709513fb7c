package dev.toq.app.daemon;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.PeerCredentials;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;

/**
 * Where an address leads now.
 *
 * @param places what to dial, in this order; not empty
 * @param published the keys that the domain's records, or announcements on the local network, name for the agent; empty
 *     where there are none
 */
record Route(List<InetSocketAddress> places, Set<PublicKey> published) {
  Route {
    places = List.copyOf(places);
    published = Set.copyOf(published);
  }

  /** Whether who answered there is whom the domain names, or provably replaced them. */
  boolean leadsTo(PeerCredentials peer) {
    return published.isEmpty() || published.contains(peer.key())
        || published.stream().anyMatch(peer::provesRotationFrom);
  }
}
