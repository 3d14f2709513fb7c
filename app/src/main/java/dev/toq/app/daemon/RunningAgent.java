package dev.toq.app.daemon;

import dev.toq.app.dns.DnsAnswer;
import dev.toq.protocol.envelope.Timestamps;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxEntry;
import dev.toq.store.Permissions;
import dev.toq.store.Permissions.Rule;
import dev.toq.store.StoredMessage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The running agent, as its faces see it. */
final class RunningAgent implements Agent {
  private final Node node;
  private final Outbox outbox;
  private final Permissions permissions;
  private final RulesInForce rules;
  private final OwnKeys ownKeys;
  private final KnownPeers peers;
  private final Dialer dialer;
  private final Delivery delivery;
  private final LocalStreams streams;
  private final Supplier<List<String>> warnings;
  private final Consumer<Boolean> stop;
  private final Surroundings surroundings;
  private final Instant startedAt;

  /** {@code stop} begins to stop the daemon, gracefully where its argument is true. */
  RunningAgent(Node node, Outbox outbox, Permissions permissions, RulesInForce rules, OwnKeys ownKeys,
      Surroundings surroundings, Supplier<List<String>> warnings, Consumer<Boolean> stop) {
    this.node = node;
    this.permissions = permissions;
    this.rules = rules;
    this.ownKeys = ownKeys;
    this.peers = new KnownPeers(node.peers(), node.pins(), node.registry());
    this.dialer = new Dialer(node);
    this.outbox = outbox;
    this.delivery = new Delivery(node, outbox, dialer);
    this.streams = new LocalStreams(node, dialer, delivery);
    this.surroundings = surroundings;
    this.warnings = warnings;
    this.stop = stop;
    this.startedAt = node.clock().instant();
  }

  /** Takes up what was unfinished when the daemon stopped. */
  void goOn() {
    delivery.resume();
  }

  /** Stops sending. */
  void halt() {
    streams.close();
    delivery.close();
  }

  @Override
  public Status status() {
    return new Status(node.self().address(), node.self().identity().publicKey(), node.policy().mode().wire(),
        node.self().address().dialPort(), ProcessHandle.current().pid(), node.registry().all().size(),
        node.counters().messagesIn.sum(), node.counters().messagesOut.sum(), node.counters().errors.sum(),
        node.queue().presses(), permissions.pending().size(), surroundings.portMapping().get(), warnings());
  }

  private List<String> warnings() {
    List<String> all = new ArrayList<>(warnings.get());
    node.policy().queue().warning().ifPresent(all::add);
    return all;
  }

  @Override
  public int penalisedSources() {
    return node.admission().penalised();
  }

  @Override
  public Outcome send(Address to, Outgoing message, boolean wait, Duration timeout) throws InterruptedException {
    return delivery.send(to, message, wait, timeout);
  }

  @Override
  public List<Recipient> sendAll(List<Address> to, Outgoing message, boolean separate) throws InterruptedException {
    return delivery.sendAll(to, message, separate);
  }

  @Override
  public TakenBack cancel(UUID id, Predicate<OutboxEntry> wanted) throws InterruptedException {
    return delivery.cancel(id, wanted);
  }

  @Override
  public OutgoingStreams streams() {
    return streams;
  }

  @Override
  public List<OutboxEntry> outbox(int limit, Predicate<OutboxEntry> wanted) {
    return outbox.newest(limit, wanted);
  }

  @Override
  public Outbox.Depth outboxDepth() {
    return outbox.depth();
  }

  @Override
  public Stream<StoredMessage> history(int limit, Predicate<StoredMessage> wanted) {
    return node.inbox().newest(limit, wanted);
  }

  @Override
  public Subscription subscribe(Predicate<StoredMessage> wanted) {
    return node.events().subscribe(wanted);
  }

  @Override
  public Ping ping(Address address) throws InterruptedException {
    return dialer.ping(address);
  }

  @Override
  public Optional<Invitation> invite(Duration life) {
    return node.pairings().invite(node.self(), life);
  }

  @Override
  public int withdrawInvites() {
    return node.pairings().withdraw();
  }

  @Override
  public Paired accept(Invitation invitation) throws InterruptedException {
    if (invitation.fingerprint().equals(node.self().identity().publicKey().fingerprint())) {
      return new Paired.Failed("this is an invite to this very agent");
    }
    if (!invitation.expires().isAfter(node.clock().instant())) {
      return new Paired.Failed("the invite ran out at " + invitation.expires() + ", and here it is "
          + Timestamps.format(node.clock().instant()) + "; ask for a new one");
    }
    try {
      return new Paired.With(invitation.address(), dialer.pair(invitation).peerKey());
    } catch (Dialer.DialException failed) {
      return new Paired.Failed(failed.sentence());
    }
  }

  @Override
  public DnsAnswer<DnsRecord> discover(String domain) {
    return node.names().agents(domain).join();
  }

  @Override
  public List<Nearby.Found> nearby(Duration limit) throws InterruptedException {
    return surroundings.nearby().agents(limit);
  }

  @Override
  public boolean isMdnsOn() {
    return surroundings.nearby().isOn();
  }

  @Override
  public JsonObject card() {
    return Cards.own(node.config(), node.policy().mode(), node.self()).toJson();
  }

  @Override
  public Permissions permissions() {
    return permissions;
  }

  @Override
  public KnownPeers peers() {
    return peers;
  }

  @Override
  public RotationChain.Step rotateKeys() throws IOException {
    return ownKeys.rotate();
  }

  @Override
  public void approve(Rule rule) throws IOException {
    permissions.approve(rule);
    Journal.emit(new Journal.Event.RuleChanged("approved", text(rule)));
  }

  @Override
  public void revoke(Rule rule) throws IOException {
    permissions.revoke(rule);
    Journal.emit(new Journal.Event.RuleChanged("revoked", text(rule)));
    rules.revoked(rule);
  }

  @Override
  public void block(Rule rule) throws IOException {
    List<Rule> all = Permissions.blockOf(rule, node.peers().all());
    for (Rule each : all) {
      permissions.block(each); // R-14.7-01
      Journal.emit(new Journal.Event.RuleChanged("blocked", text(each)));
    }
    rules.blocked(all);
  }

  @Override
  public void unblock(Rule rule) throws IOException {
    permissions.unblock(rule);
    Journal.emit(new Journal.Event.RuleChanged("unblocked", text(rule)));
  }

  @Override
  public boolean deny(PublicKey key) throws IOException {
    if (!permissions.deny(key)) {
      return false;
    }
    Journal.emit(new Journal.Event.RuleChanged("denied", key.fingerprint()));
    rules.revoked(new Rule.ByKey(key)); // a denial counts more than an approval by address
    return true;
  }

  private static String text(Rule rule) {
    return switch (rule) {
      case Rule.ByKey(PublicKey key) -> key.fingerprint();
      case Rule.ByAddress(String pattern) -> pattern;
    };
  }

  @Override
  public void shutdown(boolean graceful) {
    stop.accept(graceful);
  }

  @Override
  public Instant startedAt() {
    return startedAt;
  }
}
