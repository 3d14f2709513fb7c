package dev.toq.app.bench;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Self;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.SSLContext;

/** An honest peer and an API caller of one daemon, who connect anew for each of their requests, by turns. */
final class Newcomers {
  private static final String TEXT = "x".repeat(60);

  /** So many unserved requests end a block: the others would wait as long. */
  private static final int UNSERVED_ENOUGH = 3;

  /** What one block of requests measured; an unserved one has the time after which it was given up. */
  static final class Latencies {
    private final List<Long> peer = Collections.synchronizedList(new ArrayList<>());
    private final List<Long> api = Collections.synchronizedList(new ArrayList<>());
    private int unserved;

    Samples ofPeer() {
      return samples(peer);
    }

    Samples ofApi() {
      return samples(api);
    }

    /** How many requests of a kind there are. */
    int count() {
      return Math.min(peer.size(), api.size());
    }

    int unserved() {
      return unserved;
    }

    private static Samples samples(List<Long> nanos) {
      long[] all = nanos.stream().mapToLong(Long::longValue).toArray();
      return Samples.of(all, nanos.stream().mapToLong(Long::longValue).sum());
    }
  }

  private final SSLContext tls;
  private final Address to;
  private final Self self;
  private final Duration patience;

  /**
   * Newcomers at this agent.
   *
   * @param patience how long an answer may take; a request that waits longer is unserved
   */
  Newcomers(SSLContext tls, Address to, Self self, Duration patience) {
    this.tls = tls;
    this.to = to;
    this.self = self;
    this.patience = patience;
  }

  /** So many requests of each kind, one after the other; fewer where the daemon does not serve them. */
  void request(int each, Latencies into) throws Exception {
    int unservedBefore = into.unserved;
    for (int i = 0; i < each && into.unserved - unservedBefore < UNSERVED_ENOUGH; i++) {
      into.peer.add(timed(this::message, into));
      into.api.add(timed(this::status, into));
    }
  }

  private interface Request {
    void run() throws Exception;
  }

  private static long timed(Request request, Latencies into) throws Exception {
    long start = System.nanoTime();
    try {
      request.run();
    } catch (SocketTimeoutException unserved) {
      into.unserved++; // its latency is what it waited
    }
    return System.nanoTime() - start;
  }

  /** TCP, TLS, handshake, negotiation, cards, one message and its acknowledgement. */
  private void message() throws Exception {
    try (WirePeer peer = WirePeer.connect(tls, to, self, patience)) {
      peer.exchange(TEXT);
    }
  }

  /** One request on a TCP connection of its own, from connecting to the last byte of its answer. */
  private void status() throws IOException {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to.dialPort()));
      socket.getOutputStream().write(("GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:" + to.dialPort()
          + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!answer.startsWith("HTTP/1.1 200") || !answer.endsWith("}")) {
        throw new IOException("not the status: " + answer);
      }
    }
  }
}
