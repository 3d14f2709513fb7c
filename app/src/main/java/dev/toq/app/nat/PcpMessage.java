package dev.toq.app.nat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * The MAP messages of PCP (RFC 6887 sections 7 and 11).
 *
 * <pre>
 *  request:  version 2 · opcode 1 · 0 0 · lifetime (4) · our address (16)
 *  answer:   version 2 · opcode 129 · 0 · result · lifetime (4) · epoch (4) · 0 (12)
 *  both:     nonce (12) · protocol 6 · 0 0 0 · inside port (2) · outside port (2) · outside address (16)
 * </pre>
 */
final class PcpMessage {
  static final int LENGTH = 60;
  private static final byte VERSION = 2;
  private static final byte MAP = 1;
  private static final byte ANSWER = (byte) 0x80;
  private static final byte TCP = 6;
  private static final int HEADER = 24;
  private static final int ADDRESS = 16;
  private static final String[] RESULTS = {
    "success", "unsupported version", "not authorized", "malformed request", "unsupported opcode", "unsupported option",
    "malformed option", "network failure", "no resources", "unsupported protocol", "quota exceeded",
    "cannot provide external", "address mismatch", "excessive remote peers"
  };

  private PcpMessage() {}

  /** Asks for the port; with a lifetime of 0 seconds, to remove what was given under this nonce. */
  static byte[] request(InetAddress local, Wish wish, int seconds) {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    bytes.put(VERSION).put(MAP).putShort((short) 0).putInt(seconds).put(mapped(local.getAddress()));
    bytes.put(wish.nonce()).put(TCP).put(new byte[3]).putShort((short) wish.port());
    bytes.putShort((short) (seconds == 0 ? 0 : wish.port())).put(mapped(new byte[4]));
    return bytes.array();
  }

  /** What was granted; a lifetime of zero where a mapping was removed. */
  record Granted(Optional<InetAddress> outside, int port, Duration lifetime) {}

  /**
   * Reads an answer to this wish.
   *
   * @return empty where the bytes answer something else
   * @throws RefusedException where the router says no
   * @throws IOException where it does not speak PCP
   */
  static Optional<Granted> answer(byte[] message, Wish wish) throws IOException {
    if (message.length >= 4 && message[0] != VERSION && (message[1] & ANSWER) != 0) {
      throw new IOException("the router speaks version " + (message[0] & 0xFF) + " of it"); // RFC 6887 section 9
    }
    if (message.length < LENGTH || message.length % 4 != 0 || message[1] != (byte) (ANSWER | MAP)) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(message);
    int result = bytes.get(3) & 0xFF;
    Duration lifetime = Mapping.seconds(bytes.getInt(4));
    bytes.position(HEADER);
    byte[] nonce = new byte[Wish.NONCE_BYTES];
    bytes.get(nonce);
    boolean ours = Arrays.equals(nonce, wish.nonce()) && bytes.get() == TCP
        && (bytes.position(bytes.position() + 3).getShort() & 0xFFFF) == wish.port();
    if (!ours) {
      return Optional.empty();
    }
    if (result != 0) {
      throw new RefusedException("the router says no: "
          + (result < RESULTS.length ? RESULTS[result] : "result " + result));
    }
    int port = bytes.getShort() & 0xFFFF;
    byte[] outside = new byte[ADDRESS];
    bytes.get(outside);
    return Optional.of(new Granted(known(outside), port, lifetime));
  }

  /** An IPv4 address in the form that IPv6 has for it: 80 zero bits, 16 one bits, the address. */
  private static byte[] mapped(byte[] ipv4) {
    if (ipv4.length == ADDRESS) {
      return ipv4;
    }
    byte[] wide = new byte[ADDRESS];
    wide[10] = (byte) 0xFF;
    wide[11] = (byte) 0xFF;
    System.arraycopy(ipv4, 0, wide, 12, 4);
    return wide;
  }

  /** The address of these 16 bytes; all zeros, with or without the IPv4 mark, is none. */
  private static Optional<InetAddress> known(byte[] wide) throws UnknownHostException {
    InetAddress address = InetAddress.getByAddress(wide); // turns the mapped form into IPv4 by itself
    return address.isAnyLocalAddress() ? Optional.empty() : Optional.of(address);
  }
}
