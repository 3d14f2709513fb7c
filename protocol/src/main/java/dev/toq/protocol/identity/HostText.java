package dev.toq.protocol.identity;

import dev.toq.protocol.Spec;
import dev.toq.protocol.wire.PeerText;
import java.util.Arrays;
import java.util.Locale;

/** The host part of an address: its grammar and its one spelling. Resolves nothing. */
final class HostText {
  private static final int IPV6_GROUPS = 8;

  private HostText() {}

  static String canonical(String host) {
    if (host.isEmpty()) {
      throw new IllegalArgumentException("an address needs a host, as in toq://example.com/agent");
    }
    if (host.startsWith("[")) {
      return canonicalIpv6(host);
    }
    checkName(host);
    return host.toLowerCase(Locale.ROOT);
  }

  static boolean isDomain(String canonical) {
    return !canonical.startsWith("[")
        && !isIpv4(canonical)
        && !canonical.equals("localhost")
        && !canonical.endsWith(".local");
  }

  static boolean isLoopback(String canonical) {
    return canonical.equals("localhost")
        || canonical.endsWith(".localhost")
        || canonical.equals("[::1]")
        || isIpv4(canonical) && canonical.startsWith("127.");
  }

  private static void checkName(String host) {
    if (host.length() > Spec.MAX_HOST_NAME) {
      throw new IllegalArgumentException("a host name has at most " + Spec.MAX_HOST_NAME + " characters");
    }
    String[] labels = host.split("\\.", -1);
    for (String label : labels) {
      checkLabel(label, host);
    }
    // Resolvers read 127.1 and 0x7f.1 as IPv4; a name that ends in a number is four plain numbers or nothing.
    String last = labels[labels.length - 1];
    if (last.charAt(0) >= '0' && last.charAt(0) <= '9' && !isIpv4(host) && isNumeric(last)) {
      throw new IllegalArgumentException("an IPv4 host is four numbers from 0 to 255 without leading zeros");
    }
  }

  private static boolean isNumeric(String label) {
    boolean hex = label.startsWith("0x") || label.startsWith("0X");
    return hex || label.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static void checkLabel(String label, String host) {
    boolean good = !label.isEmpty() && label.length() <= 63 && !label.startsWith("-") && !label.endsWith("-");
    for (int i = 0; i < label.length(); i++) {
      char c = label.charAt(i);
      if (c > 0x7f) {
        throw new IllegalArgumentException("a host name outside ASCII is written in its xn-- form");
      }
      good &= c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_';
    }
    if (!good) {
      throw new IllegalArgumentException("this is no host name: " + PeerText.shown(host, 80));
    }
  }

  /** Four decimal numbers without leading zeros. */
  private static boolean isIpv4(String host) {
    String[] parts = host.split("\\.", -1);
    return parts.length == 4 && Arrays.stream(parts).allMatch(HostText::isByte);
  }

  private static boolean isByte(String part) {
    boolean digits = !part.isEmpty() && part.length() <= 3 && part.chars().allMatch(c -> c >= '0' && c <= '9');
    return digits && (part.length() == 1 || part.charAt(0) != '0') && Integer.parseInt(part) <= 255;
  }

  /**
   * RFC 4291 section 2.2 in; RFC 5952 section 4 out. Zones are refused, because they mean something on one machine
   * only, and IPv4 addresses in disguise, because each host has one spelling.
   */
  private static String canonicalIpv6(String bracketed) {
    if (!bracketed.endsWith("]")) {
      throw new IllegalArgumentException("only a port may follow the bracket of an IPv6 host");
    }
    String text = bracketed.substring(1, bracketed.length() - 1);
    int gap = text.indexOf("::");
    int[] groups = new int[IPV6_GROUPS];
    if (gap < 0) {
      int count = readGroups(text, groups, 0);
      require(count == IPV6_GROUPS);
    } else {
      int[] tail = new int[IPV6_GROUPS];
      int before = gap == 0 ? 0 : readGroups(text.substring(0, gap), groups, 0);
      String rest = text.substring(gap + 2);
      int after = rest.isEmpty() ? 0 : readGroups(rest, tail, 0);
      require(before + after < IPV6_GROUPS && !rest.startsWith(":"));
      System.arraycopy(tail, 0, groups, IPV6_GROUPS - after, after);
    }
    if (groups[5] == 0xffff && Arrays.stream(groups, 0, 5).allMatch(group -> group == 0)) {
      throw new IllegalArgumentException("an IPv4 host is written as its four numbers, without ::ffff:");
    }
    return "[" + shortest(groups) + "]";
  }

  private static int readGroups(String text, int[] groups, int from) {
    String[] parts = text.split(":", -1);
    int count = from;
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i];
      if (i == parts.length - 1 && isIpv4(part)) {
        require(count + 2 <= IPV6_GROUPS);
        String[] bytes = part.split("\\.", -1);
        groups[count++] = Integer.parseInt(bytes[0]) << 8 | Integer.parseInt(bytes[1]);
        groups[count++] = Integer.parseInt(bytes[2]) << 8 | Integer.parseInt(bytes[3]);
      } else {
        require(count < IPV6_GROUPS && isHex(part));
        groups[count++] = Integer.parseInt(part, 16);
      }
    }
    return count;
  }

  private static boolean isHex(String part) {
    return !part.isEmpty() && part.length() <= 4 && part.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 0x80);
  }

  private static void require(boolean good) {
    if (!good) {
      throw new IllegalArgumentException("the host in brackets is no IPv6 address");
    }
  }

  private static String shortest(int[] groups) {
    int start = -1;
    int length = 1;
    for (int i = 0; i < IPV6_GROUPS; i++) {
      int run = 0;
      while (i + run < IPV6_GROUPS && groups[i + run] == 0) {
        run++;
      }
      if (run > length) {
        start = i;
        length = run;
      }
    }
    StringBuilder text = new StringBuilder();
    int i = 0;
    while (i < IPV6_GROUPS) {
      if (i == start) {
        text.append("::");
        i += length;
      } else {
        boolean first = text.isEmpty() || text.charAt(text.length() - 1) == ':';
        text.append(first ? "" : ":").append(Integer.toHexString(groups[i++]));
      }
    }
    return text.toString();
  }
}
