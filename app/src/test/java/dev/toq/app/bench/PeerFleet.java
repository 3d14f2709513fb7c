package dev.toq.app.bench;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.HandshakeException;
import dev.toq.protocol.session.Self;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * Many peers of one daemon, each with a key and a connection of its own, in a process of their own. Each sends one
 * message, then rests: it beats every thirty seconds and answers the daemon's heartbeats. One that loses its connection
 * connects again, as often as that takes, and sends another message.
 */
final class PeerFleet implements AutoCloseable {
  private static final Duration HEARTBEAT = Duration.ofSeconds(30);
  /** For one answer of the daemon, also where a thousand peers come back at once. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  /** So many connect at the same time at first, so that none waits beyond a deadline of its setup. */
  private static final int AT_ONCE = 16;
  private static final int PEERS_PER_ADDRESS = 5_000;
  private static final String TEXT = "x".repeat(60);

  private final JavaProcess process;
  private final int count;

  /** Connects so many peers to the agent at this address; returns when each had its message acknowledged. */
  PeerFleet(String address, int count) throws Exception {
    this.count = count;
    this.process = new JavaProcess(
        List.of("-Xmx4g", "-Xmn64m"), PeerFleet.class, List.of(address, Integer.toString(count)));
    try {
      process.answer("connected", 60 + count / 20);
    } catch (Exception failed) {
      process.close();
      throw failed;
    }
  }

  /** How the peers are. */
  record Health(int neverLost, int leastBeatsAnswered) {}

  Health health() throws Exception {
    process.tell("health");
    List<String> words = process.answer("health", 30);
    return new Health(Integer.parseInt(words.get(0)), Integer.parseInt(words.get(1)));
  }

  /** Waits until every peer has connected a second time, and had a message acknowledged since. */
  void awaitBack(long patienceSeconds) throws Exception {
    process.tell("back");
    process.answer("back", patienceSeconds);
  }

  int count() {
    return count;
  }

  @Override
  public void close() throws InterruptedException {
    process.close();
  }

  /** Address and number of peers; then {@code health} and {@code back} on its input. */
  public static void main(String[] arguments) throws Exception {
    Address address = Address.parse(arguments[0]);
    SSLContext tls = BenchTls.client();
    List<Peer> peers = new ArrayList<>();
    Semaphore setUps = new Semaphore(AT_ONCE);
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      InetAddress from = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (2 + i / PEERS_PER_ADDRESS)});
      peers.add(new Peer(tls, address, WirePeer.newSelf("peer" + i), from, setUps));
    }
    peers.forEach(peer -> Thread.ofVirtual().start(peer::live));
    for (Peer peer : peers) {
      peer.first.await();
    }
    System.out.println("connected");
    BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = asked.readLine(); line != null; line = asked.readLine()) {
      switch (line) {
        case "health" -> System.out.printf(Locale.ROOT, "health %d %d%n",
            peers.stream().filter(peer -> peer.second.getCount() > 0 && peer.isUp).count(),
            peers.stream().mapToInt(peer -> peer.beatsAnswered).min().orElse(0));
        case "back" -> {
          for (Peer peer : peers) {
            peer.second.await();
          }
          System.out.println("back");
        }
        default -> throw new IllegalArgumentException(line);
      }
    }
  }

  /** One of them. */
  private static final class Peer {
    private final SSLContext tls;
    private final Address to;
    private final Self self;
    private final InetAddress from;
    private final Semaphore setUps;
    private final CountDownLatch first = new CountDownLatch(1);
    private final CountDownLatch second = new CountDownLatch(1);
    private volatile boolean isUp;
    private volatile int beatsAnswered;

    Peer(SSLContext tls, Address to, Self self, InetAddress from, Semaphore setUps) {
      this.tls = tls;
      this.to = to;
      this.self = self;
      this.from = from;
      this.setUps = setUps;
    }

    void live() {
      try {
        setUps.acquire();
        boolean isFirst = true;
        while (true) {
          try (WirePeer peer = WirePeer.connect(tls, to, self, PATIENCE, from)) {
            peer.exchange(TEXT);
            (isFirst ? first : second).countDown();
            if (isFirst) {
              setUps.release();
              isFirst = false;
            }
            isUp = true;
            rest(peer);
          } catch (IOException | HandshakeException lost) {
            isUp = false;
          }
          Thread.sleep(100 + ThreadLocalRandom.current().nextInt(100));
        }
      } catch (Exception broken) {
        broken.printStackTrace();
        System.exit(1);
      }
    }

    private void rest(WirePeer peer) throws IOException {
      Thread heart = Thread.ofVirtual().start(() -> {
        try {
          while (true) {
            TimeUnit.NANOSECONDS.sleep(HEARTBEAT.toNanos());
            beatsAnswered = peer.beatsAnswered();
            peer.beat();
          }
        } catch (IOException | InterruptedException over) {
          // the connection has ended, which its reader knows
        }
      });
      try {
        peer.attend();
      } finally {
        heart.interrupt();
      }
    }
  }
}
