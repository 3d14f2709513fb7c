package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The peers that this agent has met, by key. Knowledge for the owner's eyes: no message and no permission depends on
 * it, so a change may reach the disk a little later. Safe for use by many threads.
 */
public interface Peers extends AutoCloseable {
  /**
   * One peer.
   *
   * @param address as the peer last named itself, a claim; empty where it never did
   */
  record Peer(PublicKey key, String address, Instant firstSeen, Instant lastSeen) {}

  /**
   * Notes that a peer was met. An empty address leaves the known one; a clock that ran backwards never lets
   * {@code lastSeen} go back. Beyond the implementation's bound, the peer that was not seen for the longest time is
   * forgotten. Never waits for the disk; a write that failed is tried again, and told in {@link #warnings}.
   */
  void touch(PublicKey key, String address, Instant now);

  Optional<Peer> find(PublicKey key);

  /** All peers, the one seen last first. */
  List<Peer> all();

  /** What the owner should be told about the store: one sentence each. */
  List<String> warnings();

  /** Writes what is not yet written. */
  @Override
  void close() throws IOException;
}
