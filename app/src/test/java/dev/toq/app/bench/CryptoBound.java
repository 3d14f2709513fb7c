package dev.toq.app.bench;

import dev.toq.protocol.crypto.Ed25519;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * The most acknowledged messages a second that the protocol's own cost leaves room for, per core and endpoint:
 * {@code 1 / (S + V + E)}. S is one signature and V one verification, with both cores busy; E is everything that TLS
 * and the network cost, from an echo of 400 and 300 bytes without signature, JSON or disk.
 */
record CryptoBound(String implementation, double signMicros, double verifyMicros, double echoMicros) {
  /** About what a short message takes as an envelope. */
  static final int MESSAGE_BYTES = 400;
  private static final int ACK_BYTES = 300;
  private static final int CONNECTIONS = 4;
  private static final int IN_FLIGHT = 8;
  private static final int CORES = 2;

  double perSecond() {
    return 1e6 / (signMicros + verifyMicros + echoMicros);
  }

  /** Half way between this and another one of the same implementation. */
  CryptoBound mean(CryptoBound other) {
    return new CryptoBound(implementation, (signMicros + other.signMicros) / 2,
        (verifyMicros + other.verifyMicros) / 2, (echoMicros + other.echoMicros) / 2);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s: S %.1f µs, V %.1f µs, E %.1f µs: bound %,.0f/s", implementation, signMicros,
        verifyMicros, echoMicros, perSecond());
  }

  /** Measures one implementation; {@code echoMicros} is measured once per run and handed in. */
  static CryptoBound measure(Ed25519 ed25519, double echoMicros, long seconds) throws Exception {
    byte[] seed = Identity.generate(new SecureRandom()).seed();
    Ed25519.Signer signer = ed25519.signer(seed);
    PublicKey key = PublicKey.ofBytes(signer.publicKey());
    byte[] keyBytes = key.bytes();
    byte[] message = new byte[MESSAGE_BYTES];
    byte[] signature = signer.sign(message);
    Callable<Boolean> sign = () -> signer.sign(message).length == 64;
    Callable<Boolean> verify = () -> ed25519.verify(keyBytes, message, signature);
    busy(sign, seconds); // warm-up
    busy(verify, seconds);
    return new CryptoBound(ed25519.name(), busy(sign, seconds), busy(verify, seconds), echoMicros);
  }

  /** Microseconds of one operation, while every core does the same. */
  private static double busy(Callable<Boolean> operation, long seconds) throws Exception {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    try (ExecutorService cores = Executors.newFixedThreadPool(CORES)) {
      List<Future<Double>> results = new ArrayList<>();
      for (int core = 0; core < CORES; core++) {
        results.add(cores.submit(() -> {
          long start = System.nanoTime();
          long count = 0;
          while (System.nanoTime() < end) {
            if (!operation.call()) {
              throw new IllegalStateException("the operation failed");
            }
            count++;
          }
          return (System.nanoTime() - start) / 1e3 / count;
        }));
      }
      double sum = 0;
      for (Future<Double> result : results) {
        sum += result.get();
      }
      return sum / CORES;
    }
  }

  /** E: microseconds per message and endpoint of a TLS echo, both ends in this process on both cores. */
  static double echo(SSLContext server, SSLContext client, long seconds) throws Exception {
    echoRun(server, client, seconds); // warm-up
    return echoRun(server, client, seconds);
  }

  private static double echoRun(SSLContext serverTls, SSLContext clientTls, long seconds) throws Exception {
    AtomicLong count = new AtomicLong();
    try (SSLServerSocket listening = (SSLServerSocket) serverTls.getServerSocketFactory()
            .createServerSocket(0, CONNECTIONS, InetAddress.getLoopbackAddress());
        ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory())) {
      long end = System.nanoTime() + seconds * 1_000_000_000L;
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        threads.submit(() -> answer((SSLSocket) listening.accept()));
        clients.add(threads.submit(() -> ask(clientTls, listening.getLocalPort(), end, count)));
      }
      for (Future<?> done : clients) {
        done.get();
      }
    }
    return seconds * 1e6 / count.get();
  }

  private static Void answer(SSLSocket socket) throws IOException {
    try (socket) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] message = new byte[MESSAGE_BYTES];
      byte[] ack = new byte[ACK_BYTES];
      while (true) {
        in.readFully(message);
        socket.getOutputStream().write(ack);
      }
    } catch (IOException closed) {
      return null;
    }
  }

  private static Void ask(SSLContext tls, int port, long end, AtomicLong count) throws Exception {
    try (SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket()) {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.startHandshake();
      Semaphore window = new Semaphore(IN_FLIGHT);
      Thread reader = Thread.ofVirtual().start(() -> readAcks(socket, window, count));
      byte[] message = new byte[MESSAGE_BYTES];
      Arrays.fill(message, (byte) 'x');
      while (System.nanoTime() < end) {
        window.acquire();
        socket.getOutputStream().write(message);
      }
      window.acquire(IN_FLIGHT);
      socket.close();
      reader.join();
    }
    return null;
  }

  private static void readAcks(SSLSocket socket, Semaphore window, AtomicLong count) {
    byte[] ack = new byte[ACK_BYTES];
    try {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        in.readFully(ack);
        count.incrementAndGet();
        window.release();
      }
    } catch (IOException closed) {
      window.release(IN_FLIGHT);
    }
  }
}
