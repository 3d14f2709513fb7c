package dev.toq.protocol.envelope;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of an envelope's {@code timestamp}: RFC 3339 in UTC. */
public final class Timestamps {
  private static final Pattern RFC_3339_UTC = Pattern.compile(
      "(\\d{4})-(\\d\\d)-(\\d\\d)[Tt](\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,9}))?(?:[Zz]|[+-]00:00)");

  private Timestamps() {}

  /** The text that we send: {@code Z}, at most milliseconds. */
  public static String format(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  /** The instant of a received text; empty where it is not RFC 3339 with a zero offset and at most nine digits. */
  public static Optional<Instant> parse(String text) {
    Matcher match = RFC_3339_UTC.matcher(text);
    if (!match.matches()) {
      return Optional.empty();
    }
    String fraction = match.group(7);
    int nanos = fraction == null ? 0 : Integer.parseInt((fraction + "00000000").substring(0, 9));
    // A leap second is legal text that java.time does not know: it counts as the second before it.
    int second = Math.min(number(match, 6), number(match, 6) == 60 ? 59 : 99);
    try {
      return Optional.of(LocalDateTime.of(number(match, 1), number(match, 2), number(match, 3), number(match, 4),
          number(match, 5), second, nanos).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException impossibleDate) {
      return Optional.empty();
    }
  }

  private static int number(Matcher match, int group) {
    return Integer.parseInt(match.group(group));
  }
}
