package dev.toq.app.mdns;

import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.identity.PublicKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The TXT record of an announcement (specification 20.2, A-85): {@code v=toq1} and {@code key=}, the key's 32 bytes in
 * base64. Sent as RFC 6763 section 6 has it, a string for each pair; the one string with a semicolon of the
 * specification's example is read as well.
 */
final class TxtRecord {
  /** RFC 6763 section 6.2 calls more than 1300 bytes not recommended. */
  private static final int LONGEST = 1300;

  private TxtRecord() {}

  /** The bytes of our record: before each string its length. */
  static byte[] of(PublicKey key) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String pair : List.of("v=toq1", "key=" + key.base64())) {
      bytes.write(pair.length());
      bytes.writeBytes(pair.getBytes(StandardCharsets.US_ASCII));
    }
    return bytes.toByteArray();
  }

  /** The key that a record names; empty where it is none of ours, or broken. */
  static Optional<PublicKey> key(byte[] record) {
    Map<String, String> pairs = new HashMap<>();
    for (String text : strings(record)) {
      for (String pair : text.split(";", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) { // names count without case, and the first of a name counts: RFC 6763 section 6.4
          pairs.putIfAbsent(
              pair.substring(0, equals).strip().toLowerCase(Locale.ROOT), pair.substring(equals + 1).strip());
        }
      }
    }
    return "toq1".equals(pairs.get("v")) ? DnsRecord.readKey(pairs.getOrDefault("key", "")) : Optional.empty();
  }

  /** A record that ends within a string has none. */
  private static List<String> strings(byte[] record) {
    List<String> strings = new ArrayList<>();
    int at = 0;
    while (at < record.length && record.length <= LONGEST) {
      int length = record[at] & 0xFF;
      if (at + 1 + length > record.length) {
        return List.of();
      }
      strings.add(new String(record, at + 1, length, StandardCharsets.ISO_8859_1));
      at += 1 + length;
    }
    return strings;
  }
}
