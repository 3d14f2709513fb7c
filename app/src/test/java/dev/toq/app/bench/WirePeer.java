package dev.toq.app.bench;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.EnvelopeCodec;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.session.Card;
import dev.toq.protocol.session.CardExchange;
import dev.toq.protocol.session.ChannelBinding;
import dev.toq.protocol.session.Features;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.Handshake;
import dev.toq.protocol.session.Negotiation;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.session.SetupChannel;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A peer that sends over one toq connection without waiting for each acknowledgement: every message is signed, every
 * acknowledgement fully checked, as any honest sender does.
 */
final class WirePeer implements AutoCloseable {
  private static final InetAddress ANY_ADDRESS = InetAddress.ofLiteral("::");
  private static final Duration LATE = Duration.ofSeconds(10);

  private final SSLSocket socket;
  private final FrameReader frames;
  private final DataOutputStream out;
  private final Self self;
  private final Address to;
  private final EnvelopeCheck check;
  private long sequence;
  /** Held by who answers heartbeats and who sends them. */
  private final ReentrantLock writing = new ReentrantLock();
  private volatile int beatsAnswered;

  /** A peer with a fresh key, whose name begins so and is its own: an address belongs to one key. */
  static Self newSelf(String name) {
    Identity identity = Identity.generate(new SecureRandom());
    String own = HexFormat.of().formatHex(identity.publicKey().bytes(), 0, 6);
    return new Self(identity, Address.parse("toq://localhost/" + name + "-" + own));
  }

  /**
   * Connects to the agent and sets the connection up.
   *
   * @param patience how long any one answer may take; more is a {@link java.net.SocketTimeoutException}
   */
  static WirePeer connect(SSLContext tls, Address to, Self self, Duration patience) throws Exception {
    return connect(tls, to, self, patience, to.isLoopbackHost() ? InetAddress.getLoopbackAddress() : ANY_ADDRESS);
  }

  /** The same, from this address of the machine: each has some ten thousand ports. */
  static WirePeer connect(SSLContext tls, Address to, Self self, Duration patience, InetAddress from)
      throws Exception {
    SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket();
    try {
      socket.bind(new InetSocketAddress(from, 0));
      return connect(socket, to, self, patience);
    } catch (Exception broken) {
      socket.close();
      throw broken;
    }
  }

  private static WirePeer connect(SSLSocket socket, Address to, Self self, Duration patience) throws Exception {
    SecureRandom random = new SecureRandom();
    String name = self.address().agent();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
    InetAddress host = to.isLoopbackHost() ? InetAddress.getLoopbackAddress()
        : InetAddress.getByName(to.host().replaceAll("[\\[\\]]", ""));
    socket.connect(new InetSocketAddress(host, to.dialPort()));
    socket.startHandshake();
    FrameReader frames = new FrameReader(socket.getInputStream());
    BufferedOutputStream out = new BufferedOutputStream(socket.getOutputStream(), 16 * 1024);
    FrameChannel channel = new FrameChannel(frames, out);
    PeerCredentials peer = Handshake.initiate(channel, self, to, random);
    ExtendedSSLSession session = (ExtendedSSLSession) socket.getSession();
    ChannelBinding binding = ChannelBinding.asInitiator(
        (label, length) -> session.exportKeyingMaterialData(label, new byte[0], length), false);
    SetupChannel setup =
        new SetupChannel(channel, self, peer, to, named -> true, binding, UUID::randomUUID, InstantSource.system());
    if (!(Negotiation.request(setup, Features.NONE) instanceof Negotiation.Outcome.Agreed)) {
      throw new IOException("the daemon did not agree");
    }
    CardExchange.exchange(setup, new Card(name, Optional.empty(), self.identity().publicKey(), Spec.VERSION, List.of(),
        false, OptionalLong.empty(), OptionalLong.of(Spec.MAX_MESSAGE_BYTES), Optional.empty()));
    EnvelopeCheck check = setup.activate(
        new Terms(Spec.MAX_MESSAGE_BYTES, Optional.empty(), false, false, false, 0, List.of()), id -> false);
    return new WirePeer(socket, frames, new DataOutputStream(out), self, to, check, setup.nextSequence());
  }

  private WirePeer(SSLSocket socket, FrameReader frames, DataOutputStream out, Self self, Address to,
      EnvelopeCheck check, long sequence) {
    this.socket = socket;
    this.frames = frames;
    this.out = out;
    this.self = self;
    this.to = to;
    this.check = check;
    this.sequence = sequence;
  }

  /** Every peer at the same time, for some seconds; on threads of the system, which wait for a socket themselves. */
  static Samples runAll(List<WirePeer> peers, int window, String text, long seconds) throws Exception {
    long start = System.nanoTime();
    long end = start + seconds * 1_000_000_000L;
    List<Future<long[]>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (WirePeer peer : peers) {
        results.add(threads.submit(() -> peer.run(window, text, end)));
      }
      List<long[]> all = new ArrayList<>();
      for (Future<long[]> result : results) {
        all.add(result.get());
      }
      return Samples.of(all.stream().flatMapToLong(Arrays::stream).toArray(), System.nanoTime() - start);
    }
  }

  /** Keeps {@code window} messages in flight for a time; returns the latency of each in nanoseconds. */
  long[] run(int window, String text, long endNanos) throws Exception {
    Semaphore free = new Semaphore(window);
    Map<UUID, Long> sent = new ConcurrentHashMap<>();
    Acks acks = new Acks(free, sent);
    Thread reader = Thread.ofPlatform().start(acks);
    JsonObject body = JsonObject.builder().put("text", text).build();
    while (System.nanoTime() < endNanos) {
      if (!free.tryAcquire()) {
        out.flush();
        free.acquire();
      }
      UUID id = UUID.randomUUID();
      byte[] payload = seal(id, body);
      sent.put(id, System.nanoTime());
      write(payload);
      if (window == 1) {
        out.flush();
      }
    }
    out.flush();
    free.acquire(window);
    endReading(acks, reader, body);
    return acks.latencies();
  }

  /**
   * Sends so many messages a second, whatever comes back, as strangers to each other do.
   *
   * @return for each that was acknowledged, not later than 10 s after the last was sent, the time since it was due in
   *     nanoseconds
   */
  long[] runFixed(double perSecond, String text, long seconds) throws Exception {
    Map<UUID, Long> sent = new ConcurrentHashMap<>();
    Acks acks = new Acks(new Semaphore(0), sent);
    Thread reader = Thread.ofVirtual().start(acks);
    JsonObject body = JsonObject.builder().put("text", text).build();
    long start = System.nanoTime();
    long count = (long) (perSecond * seconds);
    for (long i = 0; i < count; i++) {
      long due = start + (long) (i * 1e9 / perSecond);
      if (due > System.nanoTime()) {
        out.flush();
        LockSupport.parkNanos(due - System.nanoTime());
      }
      UUID id = UUID.randomUUID();
      sent.put(id, due);
      write(seal(id, body));
    }
    out.flush();
    for (long end = System.nanoTime() + LATE.toNanos(); !sent.isEmpty() && System.nanoTime() < end; ) {
      LockSupport.parkNanos(1_000_000);
    }
    if (sent.isEmpty()) {
      endReading(acks, reader, body);
      return Arrays.copyOf(acks.latencies(), acks.count - 1);
    }
    acks.done = true;
    return acks.latencies();
  }

  /** One more message wakes the reader, which waits for its acknowledgement; so it is in flight before all is done. */
  private void endReading(Acks acks, Thread reader, JsonObject body) throws Exception {
    UUID last = UUID.randomUUID();
    acks.sent.put(last, System.nanoTime());
    acks.done = true;
    write(seal(last, body));
    out.flush();
    reader.join();
  }

  /** Sends one message and waits for its acknowledgement. */
  void exchange(String text) throws Exception {
    UUID id = UUID.randomUUID();
    write(seal(id, JsonObject.builder().put("text", text).build()));
    out.flush();
    Verdict verdict = check.check(frames.read(Spec.MAX_MESSAGE_BYTES), Instant.now());
    if (!(verdict instanceof Verdict.Accepted(var ack) && ack.type() == MessageType.MESSAGE_ACK
        && SystemMessages.acknowledgedIds(ack).equals(List.of(id)))) {
      throw new IllegalStateException("not the acknowledgement of the message: " + verdict);
    }
  }

  /** Answers the daemon's heartbeats until the connection ends, which is an {@link IOException}. */
  void attend() throws IOException {
    socket.setSoTimeout(0);
    while (true) {
      switch (check.check(frames.read(Spec.MAX_MESSAGE_BYTES), Instant.now())) {
        case Verdict.Accepted(var beat) when beat.type() == MessageType.HEARTBEAT ->
            say(stamp -> SystemMessages.heartbeatAck(stamp, beat.id()));
        case Verdict.Accepted(var answer) when answer.type() == MessageType.HEARTBEAT_ACK -> beatsAnswered++;
        case Verdict other -> throw new IOException("nothing that an idle peer expects: " + other);
      }
    }
  }

  /** Sends a heartbeat; {@link #attend} sees its answer. */
  void beat() throws IOException {
    say(SystemMessages::heartbeat);
  }

  /** How many heartbeats were answered. */
  int beatsAnswered() {
    return beatsAnswered;
  }

  private void say(Function<Stamp, Envelope> envelope) throws IOException {
    writing.lock();
    try {
      Stamp stamp = new Stamp(UUID.randomUUID(), self.address(), to, 0, Instant.now());
      write(EnvelopeCodec.seal(envelope.apply(stamp).withSequence(sequence++), self.identity()));
      out.flush();
    } finally {
      writing.unlock();
    }
  }

  private byte[] seal(UUID id, JsonObject body) throws Exception {
    return EnvelopeCodec.seal(Envelope.of(id, MessageType.MESSAGE_SEND, self.address(), List.of(to), sequence++,
        Instant.now().truncatedTo(ChronoUnit.MILLIS).toString()).withBody(body), self.identity());
  }

  private void write(byte[] payload) throws IOException {
    out.writeInt(payload.length);
    out.write(payload);
  }

  /** Reads and checks acknowledgements. */
  private final class Acks implements Runnable {
    private final Semaphore free;
    private final Map<UUID, Long> sent;
    private long[] latencies = new long[4096];
    private int count;
    private volatile boolean done;

    Acks(Semaphore free, Map<UUID, Long> sent) {
      this.free = free;
      this.sent = sent;
    }

    @Override
    public void run() {
      try {
        do {
          if (check.check(frames.read(Spec.MAX_MESSAGE_BYTES), Instant.now()) instanceof Verdict.Accepted(var ack)
              && ack.type() == MessageType.MESSAGE_ACK) {
            Long start = sent.remove(SystemMessages.acknowledgedIds(ack).getFirst());
            if (start == null) {
              throw new IllegalStateException("an acknowledgement for a message that is not in flight");
            }
            if (count == latencies.length) {
              latencies = Arrays.copyOf(latencies, count * 2);
            }
            latencies[count++] = System.nanoTime() - start;
            free.release();
          }
        } while (!done || !sent.isEmpty());
      } catch (Exception broken) {
        IllegalStateException fault = new IllegalStateException("the connection broke", broken);
        try {
          close(); // so that the sender fails with its next write
        } catch (IOException unclosed) {
          fault.addSuppressed(unclosed);
        }
        free.release(WireLoad.WINDOW); // and does not wait for room
        throw fault;
      }
    }

    long[] latencies() {
      return Arrays.copyOf(latencies, count);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
