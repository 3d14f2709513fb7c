package dev.toq.app.bench;

import dev.toq.protocol.identity.Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Somebody who wants to bring an agent down, as a process of its own. It reads commands, one a line:
 *
 * <pre>
 *   forge              handshakes with forged signatures, one after the other, until the next command: then it answers
 *                      forged TRIED HEARD, HEARD being those in which TLS was served
 *   connect RATE       so many connections a second until the next command: then it answers
 *                      connected OPENED PER_SECOND UNCUT, UNCUT being those that were not cut within 0.3 s
 *   probe SECONDS      an honest peer tries to connect until it is served: probe SECONDS_IT_TOOK, or probe never
 *   rest               nothing
 * </pre>
 */
public final class Flooder {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final SSLContext tls = BenchTls.client();
  private final Address target;
  private final InetSocketAddress at;
  private final InetAddress[] sources;
  private final byte[] credentials;
  private final AtomicInteger tried = new AtomicInteger();
  private final AtomicInteger heard = new AtomicInteger();
  private volatile boolean goesOn;

  private Flooder(Address target, InetAddress[] sources) throws Exception {
    this.target = target;
    this.at = new InetSocketAddress(
        InetAddress.getByName(target.host().replaceAll("[\\[\\]]", "")), target.dialPort());
    this.sources = sources;
    this.credentials = forged(StalledSocket.Words.of(tls, WirePeer.newSelf("forger"), target).credentials());
  }

  /** The agent's address, the first source, how many sources: they differ in their last two bytes. */
  public static void main(String[] arguments) throws Exception {
    InetAddress[] sources = new InetAddress[Integer.parseInt(arguments[2])];
    byte[] bytes = InetAddress.ofLiteral(arguments[1]).getAddress();
    for (int i = 0; i < sources.length; i++) {
      sources[i] = InetAddress.getByAddress(bytes);
      bytes[bytes.length - 1]++;
      bytes[bytes.length - 2] += (byte) (bytes[bytes.length - 1] == 0 ? 1 : 0);
    }
    new Flooder(Address.parse(arguments[0]), sources).obey();
  }

  private void obey() throws Exception {
    System.out.println("ready");
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Thread work = Thread.ofPlatform().start(() -> { });
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      goesOn = false;
      work.join();
      goesOn = true;
      String[] words = line.split(" ");
      work = Thread.ofPlatform().start(switch (words[0]) {
        case "forge" -> this::forge;
        case "connect" -> () -> connect(Integer.parseInt(words[1]));
        case "probe" -> () -> probe(Duration.ofSeconds(Long.parseLong(words[1])));
        case "rest" -> () -> { };
        default -> throw new IllegalArgumentException("no command: " + line);
      });
    }
  }

  /** One letter of the signature is another, in a frame that is else as an honest peer sends it. */
  private static byte[] forged(byte[] honest) {
    String text = new String(honest, StandardCharsets.ISO_8859_1);
    String name = "\"challenge_signature\":\"";
    int place = text.indexOf(name) + name.length();
    if (place < name.length()) {
      throw new IllegalStateException("no signature in the credentials");
    }
    byte[] forged = honest.clone();
    forged[place] = (byte) (forged[place] == 'A' ? 'B' : 'A');
    return forged;
  }

  private void forge() {
    tried.set(0);
    heard.set(0);
    while (goesOn) {
      InetAddress source = sources[tried.getAndIncrement() % sources.length];
      try (SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket()) {
        socket.bind(new InetSocketAddress(source, 0));
        socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
        socket.setTcpNoDelay(true);
        socket.setSoLinger(true, 0);
        socket.connect(at);
        socket.startHandshake();
        heard.incrementAndGet();
        socket.getOutputStream().write(credentials);
        if (socket.getInputStream().read() >= 0) {
          throw new IllegalStateException("the agent answered a forged signature");
        }
      } catch (ConnectException | BindException unreached) {
        throw new IllegalStateException("nobody can be flooded from " + source, unreached);
      } catch (IOException refused) {
        continue; // before TLS or after the signature: what was wanted
      }
    }
    System.out.printf("forged %d %d%n", tried.get(), heard.get());
  }

  private void connect(int perSecond) {
    try (ConnectFlood flood = new ConnectFlood(at, sources)) {
      flood.run(perSecond, () -> goesOn);
      System.out.printf(Locale.ROOT, "connected %d %.0f %d%n", flood.opened(), flood.perSecond(), flood.uncut());
    } catch (IOException broken) {
      throw new IllegalStateException("the flood broke", broken);
    }
  }

  private void probe(Duration patience) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < patience.toNanos()) {
      try (WirePeer peer = WirePeer.connect(tls, target, WirePeer.newSelf("probe"), PATIENCE, sources[0])) {
        peer.exchange("honest");
        System.out.printf(Locale.ROOT, "probe %.2f%n", (System.nanoTime() - start) / 1e9);
        return;
      } catch (Exception refused) {
        try {
          Thread.sleep(50);
        } catch (InterruptedException stopped) {
          return;
        }
      }
    }
    System.out.println("probe never");
  }
}
