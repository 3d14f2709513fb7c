package dev.toq.protocol.identity;

import dev.toq.protocol.Spec;
import dev.toq.protocol.wire.StrictBase64;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What one TXT record of a domain says about an agent (specification 19.1, A-52):
 *
 * <pre>
 * v=toq1; key=&lt;base64&gt;; port=9009; agent=scout
 * </pre>
 *
 * @param port 1 to 65535 where the record names one; 9009 is meant where it does not
 * @param agent a name as an address holds it
 */
public record DnsRecord(PublicKey key, OptionalInt port, String agent) {
  /** Below a domain, here are its records. */
  public static final String LABELS = "_toq._tcp";

  /** Seconds for which resolvers should keep a record. */
  public static final int TTL_SECONDS = 300;

  /** A record of ours has some 130 characters; nobody needs so many. */
  private static final int LONGEST = 4096;

  private static final Set<String> NOT_IN_DNS = Set.of("local", "localhost", "invalid", "onion");

  /** Of a SubjectPublicKeyInfo with an Ed25519 key (RFC 8410): what stands before its 32 bytes. */
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");

  /** Throws IllegalArgumentException with a sentence for a name or port that no address can have. */
  public DnsRecord {
    new Address("example.com", port, agent);
  }

  /**
   * Reads a record. Fields may come in any order after the first; spaces and tabs around them count for nothing, and
   * fields that are not known say nothing.
   *
   * @param text its character strings joined, one character for each byte
   * @return empty where it is none of ours, or one that breaks the rules: skipped, not fatal
   */
  public static Optional<DnsRecord> parse(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    String[] parts = text.split(";", -1);
    int equals = parts[0].indexOf('=');
    if (equals < 0 || !trimmed(parts[0].substring(0, equals)).equals("v")
        || !trimmed(parts[0].substring(equals + 1)).equals("toq1")) { // R-19.1-02
      return Optional.empty();
    }
    Map<String, String> fields = new HashMap<>();
    for (String part : parts) {
      int cut = part.indexOf('=');
      if (cut >= 0 && fields.put(trimmed(part.substring(0, cut)), trimmed(part.substring(cut + 1))) != null) {
        return Optional.empty(); // said twice: nobody can know which one is meant
      }
    }
    return of(fields);
  }

  private static Optional<DnsRecord> of(Map<String, String> fields) {
    Optional<PublicKey> key = readKey(fields.getOrDefault("key", "")); // R-19.1-03
    String port = fields.getOrDefault("port", "");
    if (key.isEmpty() || fields.containsKey("port") && !isPort(port)) { // R-19.1-04
      return Optional.empty();
    }
    try {
      OptionalInt number = port.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(port));
      return Optional.of(new DnsRecord(key.get(), number, fields.getOrDefault("agent", ""))); // R-19.1-05
    } catch (IllegalArgumentException noSuchName) {
      return Optional.empty();
    }
  }

  /**
   * Reads the value of {@code key}: base64 of the 32 bytes, of those in a SubjectPublicKeyInfo, as the specification's
   * example has it, or the {@code ed25519:} text. Empty for all else.
   */
  public static Optional<PublicKey> readKey(String value) {
    if (value.startsWith("ed25519:")) {
      return read(value.substring("ed25519:".length()), 0);
    }
    return read(value, 0).or(() -> read(value, SPKI.length));
  }

  private static Optional<PublicKey> read(String base64, int header) {
    return StrictBase64.decode(base64)
        .filter(bytes -> bytes.length == header + Spec.KEY_BYTES
            && Arrays.equals(bytes, 0, header, SPKI, 0, header))
        .map(bytes -> PublicKey.ofBytes(Arrays.copyOfRange(bytes, header, bytes.length)));
  }

  private static boolean isPort(String digits) {
    return !digits.isEmpty() && digits.length() <= 5 && digits.charAt(0) != '0'
        && digits.chars().allMatch(c -> c >= '0' && c <= '9') && Integer.parseInt(digits) <= 65_535;
  }

  /** Without spaces and tabs at its ends; other characters that nobody sees are kept, and make a value a bad one. */
  private static String trimmed(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isBlank(text.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  /**
   * Whether a domain of this name can have records: at least two labels, and none of the names that are not in
   * the public name system (RFC 6761, RFC 6762, RFC 7686). Others are not to be asked for.
   */
  public static boolean mayBeAt(Address address) {
    String host = address.host();
    String last = host.substring(host.lastIndexOf('.') + 1);
    return address.isDomain() && !last.equals(host) && !NOT_IN_DNS.contains(last);
  }

  /** The record as it is published; with a name of up to 63 characters it fits one character string. */
  public String text() { // R-19.1-01
    return "v=toq1; key=" + key.base64()
        + (port.isPresent() ? "; port=" + port.getAsInt() : "") + "; agent=" + agent;
  }

  /** The agent's address; 9009 is not spelled out (specification 19.3). */
  public Address address(String domain) {
    boolean usual = port.isEmpty() || port.getAsInt() == Spec.DEFAULT_PORT;
    return new Address(domain, usual ? OptionalInt.empty() : port, agent);
  }

  /** Whether this record is about the agent of this address: ports that both name are the same. */
  public boolean isAbout(Address address) {
    return agent.equals(address.agent())
        && (port.isEmpty() || address.port().isEmpty() || port.getAsInt() == address.port().getAsInt());
  }
}
