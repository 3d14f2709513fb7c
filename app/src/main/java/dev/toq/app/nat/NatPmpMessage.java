package dev.toq.app.nat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The messages of NAT-PMP (RFC 6886 section 3).
 *
 * <pre>
 *  outside address:  0 · 0                              →  0 · 128 · result (2) · epoch (4) · address (4)
 *  map TCP:          0 · 2 · 0 0 · inside port (2) ·    →  0 · 130 · result (2) · epoch (4) · inside port (2) ·
 *                    outside port (2) · lifetime (4)       outside port (2) · lifetime (4)
 * </pre>
 */
final class NatPmpMessage {
  private static final byte VERSION = 0;
  private static final byte ADDRESS = 0;
  private static final byte MAP_TCP = 2;
  private static final byte ANSWER = (byte) 0x80;
  private static final int ADDRESS_ANSWER = 12;
  private static final int MAP_ANSWER = 16;
  private static final String[] RESULTS = {
    "success", "unsupported version", "not authorized", "network failure", "out of resources", "unsupported opcode"
  };

  private NatPmpMessage() {}

  static byte[] addressRequest() {
    return new byte[] {VERSION, ADDRESS};
  }

  /** Asks for the port; with a lifetime of 0 seconds, to remove what was given for it. */
  static byte[] mapRequest(int port, int seconds) {
    ByteBuffer bytes = ByteBuffer.allocate(12);
    bytes.put(VERSION).put(MAP_TCP).putShort((short) 0).putShort((short) port);
    bytes.putShort((short) (seconds == 0 ? 0 : port)).putInt(seconds); // RFC 6886 section 3.4
    return bytes.array();
  }

  /** The router's outside address; empty where the bytes answer something else. */
  static Optional<InetAddress> address(byte[] message) throws IOException {
    Optional<ByteBuffer> answer = answer(message, ADDRESS, ADDRESS_ANSWER);
    if (answer.isEmpty()) {
      return Optional.empty();
    }
    byte[] ipv4 = new byte[4];
    answer.get().position(8).get(ipv4);
    return Optional.of(InetAddress.getByAddress(ipv4));
  }

  /** What was granted; a lifetime of 0 where a mapping was removed. */
  record Granted(int port, int seconds) {}

  /** What was granted for this port; empty where the bytes answer something else. */
  static Optional<Granted> granted(byte[] message, int port) throws IOException {
    Optional<ByteBuffer> answer = answer(message, MAP_TCP, MAP_ANSWER);
    if (answer.isEmpty() || (answer.get().getShort(8) & 0xFFFF) != port) {
      return Optional.empty();
    }
    return Optional.of(new Granted(answer.get().getShort(10) & 0xFFFF, answer.get().getInt(12)));
  }

  private static Optional<ByteBuffer> answer(byte[] message, byte opcode, int length) throws IOException {
    if (message.length < 4 || message[0] != VERSION || message[1] != (byte) (ANSWER | opcode)) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(message);
    int result = bytes.getShort(2) & 0xFFFF;
    if (result != 0) { // a refusal may be shorter than an answer
      throw new RefusedException("the router says no: "
          + (result < RESULTS.length ? RESULTS[result] : "result " + result));
    }
    return message.length < length ? Optional.empty() : Optional.of(bytes);
  }
}
