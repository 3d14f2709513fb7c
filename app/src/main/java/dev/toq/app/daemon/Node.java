package dev.toq.app.daemon;

import dev.toq.app.admission.Admission;
import dev.toq.app.dns.AgentDirectory;
import dev.toq.protocol.body.StreamBudget;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.wire.FrameBudget;
import dev.toq.store.ChallengeMemory;
import dev.toq.store.Config;
import dev.toq.store.Inbox;
import dev.toq.store.Peers;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * What every connection of this agent shares. Time and randomness enter the daemon here and nowhere else.
 *
 * @param ownHosts texts by which the host of an address may name this machine: the configured host, the addresses of
 *     its interfaces, the loopback names
 * @param ticker for everything that waits: it never jumps, as the time of day may
 */
record Node(
    Config config,
    CurrentSelf currentSelf,
    Set<String> ownHosts,
    Nearby nearby,
    SSLContext serverTls,
    SSLContext clientTls,
    InstantSource clock,
    Ticker ticker,
    SecureRandom random,
    Deadlines deadlines,
    Admission admission,
    Inbox inbox,
    Peers peers,
    Pinning pins,
    ChallengeMemory challenges,
    Policy policy,
    Pairings pairings,
    Registry registry,
    LostSessions lostSessions,
    SharedSecrets secrets,
    EventStream events,
    FrameBudget frameBudget,
    StreamBudget streamBudget,
    MessageQueue queue,
    AgentDirectory names,
    Counters counters) {

  /** Who this agent is now. A connection asks once: its key stays the same to its end. */
  Self self() {
    return currentSelf.get();
  }

  /** Whether {@code to} names this agent. Without a public host only the agent's name can tell. */
  boolean isNamedBy(Address to) {
    Address own = self().address();
    if (!to.agent().equals(own.agent())) {
      return false;
    }
    if (own.isLoopbackHost()) {
      return true;
    }
    boolean samePort = to.port().isEmpty() || to.dialPort() == own.dialPort();
    return samePort && (ownHosts.contains(to.host()) || to.isLoopbackHost() || nearby.isOwnHost(to.host()));
  }

  /** Whether a local caller's target is this very agent. */
  boolean isOwn(Address to) {
    Address own = self().address();
    boolean here = to.isLoopbackHost() || ownHosts.contains(to.host()) || nearby.isOwnHost(to.host());
    return to.agent().equals(own.agent()) && to.dialPort() == own.dialPort() && here;
  }
}
