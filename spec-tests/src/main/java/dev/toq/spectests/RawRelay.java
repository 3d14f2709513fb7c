package dev.toq.spectests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/**
 * Somebody between two agents, who ends the TLS of both and passes frames on as he likes:
 *
 * <pre>
 *   initiator ═══ TLS of one connection ═══ relay ═══ TLS of another ═══ target
 * </pre>
 */
public final class RawRelay implements AutoCloseable {
  private static final int MAGIC_BYTES = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final int target;
  private final UnaryOperator<String> toTarget;
  private final UnaryOperator<String> toInitiator;
  private final ServerSocket server;
  private final List<String> fromInitiator = new CopyOnWriteArrayList<>();
  private final List<String> fromTarget = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private RawRelay(ServerSocket server, int target, UnaryOperator<String> toTarget, UnaryOperator<String> toInitiator) {
    this.server = server;
    this.target = target;
    this.toTarget = toTarget;
    this.toInitiator = toInitiator;
  }

  /**
   * Relays every connection to this port to {@code target}.
   *
   * @param target a loopback port
   * @param toTarget what is passed on for each frame of the initiator
   * @param toInitiator what is passed on for each frame of the target
   */
  public static RawRelay start(int target, UnaryOperator<String> toTarget, UnaryOperator<String> toInitiator)
      throws IOException {
    return start(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()), target, toTarget, toInitiator);
  }

  /** Passes everything on unchanged, and is itself at the same port of another loopback address. */
  public static RawRelay beside(int target, InetAddress at) throws IOException {
    return start(new ServerSocket(target, 64, at), target, UnaryOperator.identity(), UnaryOperator.identity());
  }

  private static RawRelay start(
      ServerSocket server, int target, UnaryOperator<String> toTarget, UnaryOperator<String> toInitiator) {
    RawRelay relay = new RawRelay(server, target, toTarget, toInitiator);
    Thread.ofVirtual().name("relay").start(relay::accept);
    return relay;
  }

  public int port() {
    return server.getLocalPort();
  }

  /** The frames that initiators sent, in the clear. */
  public List<String> fromInitiator() {
    return List.copyOf(fromInitiator);
  }

  /** The frames that the target sent, in the clear. */
  public List<String> fromTarget() {
    return List.copyOf(fromTarget);
  }

  /** Completes when a connection that was relayed has ended on either side. */
  public CompletableFuture<Void> ended() {
    return ended.copy();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        RawWire near = new RawWire(server.accept());
        Thread.ofVirtual().name("relay-one").start(() -> relay(near));
      } catch (IOException over) {
        return; // the relay is closed
      }
    }
  }

  private void relay(RawWire near) {
    try (near; RawWire far = RawWire.connect("localhost", target)) {
      near.startTls(false, PATIENCE, "TLSv1.3");
      far.startTls(true, PATIENCE, "TLSv1.3");
      Thread back = Thread.ofVirtual().name("relay-back").start(() -> pass(far, near, fromTarget, toInitiator));
      far.write(near.read(MAGIC_BYTES, PATIENCE));
      pass(near, far, fromInitiator, toTarget);
      back.join(PATIENCE);
    } catch (IOException | InterruptedException over) {
      return; // one of them left, and try-with-resources tells the other
    } finally {
      ended.complete(null);
    }
  }

  /** Passes frames on until one end is gone, which then is true for both. */
  private static void pass(RawWire from, RawWire to, List<String> seen, UnaryOperator<String> change) {
    try {
      while (true) {
        String frame = from.readFrame(PATIENCE);
        seen.add(frame);
        to.writeFrame(change.apply(frame).getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException over) {
      drop(from);
      drop(to);
    }
  }

  private static void drop(RawWire wire) {
    try {
      wire.drop();
    } catch (IOException gone) {
      return; // it is closed all the same
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
