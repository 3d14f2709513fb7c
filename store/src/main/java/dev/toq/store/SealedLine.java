package dev.toq.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * One line of a log: a JSON object whose last member is its checksum.
 *
 * <pre>
 * {"id":"7","from_key":"ed25519:A6EH…","crc":"1c291ca3"}⏎
 * \____________ payload _____________/\______ seal _____/
 * </pre>
 *
 * The value of {@code crc} is the CRC-32C (RFC 3720, appendix B.4) of the payload, which is every byte of the line
 * before the comma in front of {@code "crc"}, as eight lower-case hexadecimal digits. The seal has a fixed length of
 * {@value #SEAL_BYTES} bytes, so that it is found from the end, whatever the payload holds.
 */
final class SealedLine {
  static final int SEAL_BYTES = 18;
  static final byte NEWLINE = '\n';

  private static final byte[] SEAL_START = ",\"crc\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SEAL_END = "\"}".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGITS = 8;

  private SealedLine() {}

  /**
   * Adds seal and newline.
   *
   * @param record a JSON object in compact form with at least one member: its last byte is the closing brace
   */
  static byte[] seal(byte[] record) {
    int payload = record.length - 1;
    byte[] line = Arrays.copyOf(record, payload + SEAL_BYTES + 1);
    int at = payload;
    System.arraycopy(SEAL_START, 0, line, at, SEAL_START.length);
    at += SEAL_START.length;
    byte[] digits = digits(checksum(record, 0, payload));
    System.arraycopy(digits, 0, line, at, DIGITS);
    at += DIGITS;
    System.arraycopy(SEAL_END, 0, line, at, SEAL_END.length);
    line[line.length - 1] = NEWLINE;
    return line;
  }

  /** Whether the bytes from {@code from} to {@code to}, a line without its newline, carry a seal that fits. */
  static boolean isIntact(byte[] bytes, int from, int to) {
    int payloadEnd = to - SEAL_BYTES;
    return payloadEnd > from
        && hasSealForm(bytes, payloadEnd)
        && Arrays.equals(
            digits(checksum(bytes, from, payloadEnd)), 0, DIGITS,
            bytes, payloadEnd + SEAL_START.length, payloadEnd + SEAL_START.length + DIGITS);
  }

  /** Whether the {@value #SEAL_BYTES} bytes at {@code at} look like a seal, of whatever digits. */
  private static boolean hasSealForm(byte[] bytes, int at) {
    int end = at + SEAL_BYTES;
    return end <= bytes.length
        && Arrays.equals(bytes, at, at + SEAL_START.length, SEAL_START, 0, SEAL_START.length)
        && Arrays.equals(bytes, end - SEAL_END.length, end, SEAL_END, 0, SEAL_END.length);
  }

  /**
   * Where the first intact line ends that begins at {@code from}, or -1 where none does before {@code to}. Finds a
   * whole record in front of a damaged newline.
   */
  static int endOfIntactPrefix(byte[] bytes, int from, int to) {
    CRC32C sum = new CRC32C();
    int summed = from;
    for (int at = from + 1; at + SEAL_BYTES <= to; at++) {
      if (bytes[at] == SEAL_START[0] && hasSealForm(bytes, at)) {
        sum.update(bytes, summed, at - summed);
        summed = at;
        byte[] digits = digits((int) sum.getValue());
        int digitsAt = at + SEAL_START.length;
        if (Arrays.equals(digits, 0, DIGITS, bytes, digitsAt, digitsAt + DIGITS)) {
          return at + SEAL_BYTES;
        }
      }
    }
    return -1;
  }

  private static int checksum(byte[] bytes, int from, int to) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, from, to - from);
    return (int) sum.getValue();
  }

  private static byte[] digits(int checksum) {
    return HexFormat.of().toHexDigits(checksum).getBytes(StandardCharsets.US_ASCII);
  }
}
