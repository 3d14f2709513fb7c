package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.KnownPeers;
import dev.toq.app.daemon.Nearby;
import dev.toq.app.daemon.OutgoingStreams;
import dev.toq.app.daemon.PortMapping;
import dev.toq.app.dns.DnsAnswer;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxEntry;
import dev.toq.store.OutboxState;
import dev.toq.store.Permissions;
import dev.toq.store.StoredMessage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** An agent without a network: it writes down what it was asked to do, and answers what the test says. */
final class TinyAgent implements Agent {
  static final UUID ID = UUID.fromString("11111111-2222-4333-8444-555555555555");
  static final String THREAD = "thread-of-ours";
  static final PublicKey KEY = PublicKey.parse("ed25519:3CqvoBLs4vCaUxnnx+MbmSSWovAHmhZcB1fJx/xtXkk=");

  /** Everything that changed or left, one line each. */
  final List<String> deeds = new CopyOnWriteArrayList<>();

  final List<StoredMessage> messages = new CopyOnWriteArrayList<>();
  final List<OutboxEntry> outbox = new CopyOnWriteArrayList<>();
  final List<Listening> listening = new CopyOnWriteArrayList<>();
  final CountDownLatch shutdown = new CountDownLatch(1);
  final TinyStreams streams = new TinyStreams(deeds);
  volatile Outcome outcome = new Outcome.Delivered(ID, THREAD);
  volatile CountDownLatch beforeAnswer = new CountDownLatch(0);
  volatile DnsAnswer<DnsRecord> discovered = new DnsAnswer.Nothing<>(Duration.ZERO);
  volatile PortMapping portMapping = new PortMapping.Off();
  volatile Optional<List<Nearby.Found>> nearby = Optional.empty();
  volatile Ping ping = new Ping.Reached("bob", KEY);
  volatile Optional<Invitation> invitation = Optional.empty();
  volatile Paired paired = new Paired.Failed("nobody there");
  volatile Optional<IOException> brokenDisk = Optional.empty();
  volatile boolean takesNoDenial;
  volatile Optional<RuntimeException> bug = Optional.empty();
  volatile Optional<Outgoing> sent = Optional.empty();
  volatile Runnable whenStreamEnds = () -> {};

  /** History that is made while it is read, instead of the messages. */
  Optional<Stream<StoredMessage>> endless = Optional.empty();

  final class Listening implements Subscription {
    final Predicate<StoredMessage> wanted;
    final BlockingQueue<StoredMessage> queue = new LinkedBlockingQueue<>();
    final AtomicLong lost = new AtomicLong();
    final CountDownLatch closed = new CountDownLatch(1);

    Listening(Predicate<StoredMessage> wanted) {
      this.wanted = wanted;
    }

    @Override
    public Optional<StoredMessage> next(Duration wait) throws InterruptedException {
      return Optional.ofNullable(queue.poll(wait.toNanos(), TimeUnit.NANOSECONDS));
    }

    @Override
    public long dropped() {
      return lost.get();
    }

    @Override
    public void close() {
      listening.remove(this);
      closed.countDown();
      whenStreamEnds.run();
    }
  }

  void publish(StoredMessage message) {
    messages.add(message);
    listening.stream().filter(one -> one.wanted.test(message)).forEach(one -> one.queue.add(message));
  }

  /** Waits until that many things happened. */
  void awaitDeeds(int number) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (deeds.size() < number) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("only " + deeds);
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public Optional<Invitation> invite(Duration life) {
    deeds.add("invite " + life);
    return invitation;
  }

  @Override
  public int withdrawInvites() {
    return 2;
  }

  @Override
  public Paired accept(Invitation invited) {
    deeds.add("accept " + invited.address());
    return paired;
  }

  @Override
  public int penalisedSources() {
    return 5;
  }

  @Override
  public Status status() {
    return new Status(Address.parse("toq://localhost/alice"), KEY, "approval", 9009, 4711, 1, 2, 3, 4, true, 1,
        portMapping, List.of("the disk is nearly full"));
  }

  @Override
  public List<Nearby.Found> nearby(Duration limit) {
    return nearby.orElse(List.of());
  }

  @Override
  public boolean isMdnsOn() {
    return nearby.isPresent();
  }

  @Override
  public Outcome send(Address to, Outgoing message, boolean wait, Duration timeout) throws InterruptedException {
    deeds.add("send " + to + " wait=" + wait + " timeout=" + timeout.toSeconds());
    sent = Optional.of(message);
    if (bug.isPresent()) {
      throw bug.get();
    }
    if (!beforeAnswer.await(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the test never let go");
    }
    return outcome;
  }

  @Override
  public List<Recipient> sendAll(List<Address> to, Outgoing message, boolean separate) {
    deeds.add("sendAll " + to + (separate ? " separate" : ""));
    sent = Optional.of(message);
    return to.stream().map(one -> new Recipient(one, outcome)).toList();
  }

  @Override
  public TakenBack cancel(UUID id, Predicate<OutboxEntry> wanted) {
    List<OutboxEntry> found = outbox.stream().filter(entry -> entry.key().id().equals(id)).filter(wanted).toList();
    deeds.add("cancel " + found.stream().map(entry -> entry.key().recipient()).toList());
    int unfinished = (int) found.stream().filter(entry -> !(entry.state() instanceof OutboxState.Final)).count();
    return new TakenBack(found, unfinished, brokenDisk.map(IOException::getMessage));
  }

  @Override
  public OutgoingStreams streams() {
    return streams;
  }

  @Override
  public List<OutboxEntry> outbox(int limit, Predicate<OutboxEntry> wanted) {
    return outbox.stream().filter(wanted).limit(limit).toList();
  }

  @Override
  public Outbox.Depth outboxDepth() {
    return new Outbox.Depth(1, 2, 3, 4_000, 5);
  }

  @Override
  public Stream<StoredMessage> history(int limit, Predicate<StoredMessage> wanted) {
    if (endless.isPresent()) {
      return endless.get();
    }
    List<StoredMessage> found = messages.stream().filter(wanted).toList();
    return found.subList(Math.max(0, found.size() - limit), found.size()).stream();
  }

  @Override
  public Subscription subscribe(Predicate<StoredMessage> wanted) {
    var one = new Listening(wanted);
    listening.add(one);
    return one;
  }

  @Override
  public Ping ping(Address address) {
    deeds.add("ping " + address);
    return ping;
  }

  @Override
  public DnsAnswer<DnsRecord> discover(String domain) {
    deeds.add("discover " + domain);
    return discovered;
  }

  @Override
  public JsonObject card() {
    return JsonObject.builder().put("name", "alice").put("public_key", KEY.toString()).put("protocol_version", "0.1")
        .put("accept_files", false).put("max_message_size", 1_048_576).build();
  }

  @Override
  public KnownPeers peers() {
    throw new UnsupportedOperationException("this agent meets nobody");
  }

  @Override
  public RotationChain.Step rotateKeys() {
    throw new UnsupportedOperationException("this agent keeps its key");
  }

  @Override
  public Permissions permissions() {
    return new Rules();
  }

  @Override
  public void approve(Permissions.Rule rule) throws IOException {
    change("approve " + rule);
  }

  @Override
  public void revoke(Permissions.Rule rule) throws IOException {
    change("revoke " + rule);
  }

  @Override
  public void block(Permissions.Rule rule) throws IOException {
    change("block " + rule);
  }

  @Override
  public void unblock(Permissions.Rule rule) throws IOException {
    change("unblock " + rule);
  }

  @Override
  public boolean deny(PublicKey key) throws IOException {
    if (takesNoDenial) {
      return false;
    }
    change("deny " + key);
    return true;
  }

  private void change(String deed) throws IOException {
    if (brokenDisk.isPresent()) {
      throw brokenDisk.get();
    }
    deeds.add(deed);
  }

  @Override
  public void shutdown(boolean graceful) {
    deeds.add("shutdown graceful=" + graceful);
    shutdown.countDown();
  }

  @Override
  public Instant startedAt() {
    return Instant.parse("2026-11-24T12:00:00Z");
  }

  /** Fixed rules; changes go through the agent. */
  private static final class Rules implements Permissions {
    @Override
    public List<Rule> approved() {
      return List.of(new Rule.ByKey(KEY), new Rule.ByAddress("toq://friends.example/*"));
    }

    @Override
    public List<Rule> blocked() {
      return List.of(new Rule.ByAddress("toq://spam.example/*"));
    }

    @Override
    public List<Pending> pending() {
      return List.of(new Pending(KEY, "toq://new.example/\u001bcarol", Instant.parse("2026-11-24T12:01:00Z")));
    }

    @Override
    public List<PublicKey> denied() {
      return List.of();
    }

    @Override
    public void approve(Rule rule) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void revoke(Rule rule) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void block(Rule rule) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void unblock(Rule rule) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean deny(PublicKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean request(Pending request, int limit) {
      throw new UnsupportedOperationException();
    }
  }
}
