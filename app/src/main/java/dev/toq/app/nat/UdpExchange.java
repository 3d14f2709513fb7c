package dev.toq.app.nat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A question and its answer over UDP: sent again, each time after twice as long, until an answer comes (RFC 6886
 * section 3.1).
 *
 * @param first how long the first answer is waited for
 * @param tries how often it is sent
 */
record UdpExchange(Duration first, int tries) {
  /** No longer than four seconds in all: a router stands near by, and other protocols wait to be tried. */
  static final UdpExchange STANDARD = new UdpExchange(Duration.ofMillis(250), 4);

  /** The longest message of PCP (RFC 6887 section 7); NAT-PMP has shorter ones. */
  static final int LONGEST = 1100;

  /** Reads an answer; empty where the bytes are none to this question: they are passed over. */
  @FunctionalInterface
  interface Reader<T> {
    Optional<T> read(byte[] message) throws IOException;
  }

  /**
   * Asks and reads the answer. Only what comes from the server's own address and port is looked at.
   *
   * @throws IOException where none comes, or what the reader threw
   */
  <T> T ask(InetSocketAddress server, byte[] question, Reader<T> reader) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(server);
      long wait = first.toNanos();
      for (int sent = 0; sent < tries; sent++) {
        socket.send(new DatagramPacket(question, question.length));
        Optional<T> answer = await(socket, System.nanoTime() + wait, reader);
        if (answer.isPresent()) {
          return answer.get();
        }
        wait *= 2;
      }
      throw new IOException("no answer");
    } catch (PortUnreachableException nobody) {
      throw new IOException("no answer: nobody listens there");
    }
  }

  private static <T> Optional<T> await(DatagramSocket socket, long end, Reader<T> reader) throws IOException {
    byte[] room = new byte[LONGEST + 1];
    while (true) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        return Optional.empty();
      }
      socket.setSoTimeout((int) left);
      DatagramPacket packet = new DatagramPacket(room, room.length);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException silent) {
        return Optional.empty();
      }
      if (packet.getLength() <= LONGEST) {
        Optional<T> answer = reader.read(Arrays.copyOf(room, packet.getLength()));
        if (answer.isPresent()) {
          return answer;
        }
      }
    }
  }
}
