package dev.toq.store;

import dev.toq.protocol.identity.Address;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What one configuration value may be: its type, its bounds and its default. */
sealed interface ValueRule {
  /** The value where the file names none; empty where the key is then unset. */
  Optional<Object> standard();

  /** Why this value, as TOML gives it, cannot be; empty where it can. */
  Optional<String> complaint(Object value);

  /** Reads what a person typed for a key: the same value, without TOML's quotes. */
  Object typed(String text);

  /** A text with quotes around it, cut where it is long, and without what could steer a terminal. */
  static String shown(Object value) {
    String text = String.valueOf(value);
    String cut = text.length() > 60 ? text.substring(0, 60) + "…" : text;
    String plain = cut.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
    return value instanceof String ? '"' + plain + '"' : plain;
  }

  record Whole(long usual, long least, long most) implements ValueRule {
    @Override
    public Optional<Object> standard() {
      return Optional.of(usual);
    }

    @Override
    public Optional<String> complaint(Object value) {
      return value instanceof Long number && number >= least && number <= most
          ? Optional.empty()
          : Optional.of("must be a whole number from " + least + " to " + most + ", not " + shown(value));
    }

    @Override
    public Object typed(String text) {
      try {
        return Long.valueOf(text.strip());
      } catch (NumberFormatException e) {
        return text; // no number: the complaint about it says what is wanted
      }
    }
  }

  record Flag(boolean usual) implements ValueRule {
    @Override
    public Optional<Object> standard() {
      return Optional.of(usual);
    }

    @Override
    public Optional<String> complaint(Object value) {
      return value instanceof Boolean
          ? Optional.empty()
          : Optional.of("must be true or false, not " + shown(value));
    }

    @Override
    public Object typed(String text) {
      return switch (text.strip()) {
        case "true" -> true;
        case "false" -> false;
        case String other -> other;
      };
    }
  }

  record Choice(String usual, List<String> all) implements ValueRule {
    @Override
    public Optional<Object> standard() {
      return Optional.of(usual);
    }

    @Override
    public Optional<String> complaint(Object value) {
      return value instanceof String text && all.contains(text)
          ? Optional.empty()
          : Optional.of("must be one of \"" + String.join("\", \"", all) + "\", not " + shown(value));
    }

    @Override
    public Object typed(String text) {
      return text.strip();
    }
  }

  /** Any text of 1 to 4096 characters in one line. */
  record Line(Optional<String> usual) implements ValueRule {
    @Override
    public Optional<Object> standard() {
      return usual.map(text -> text);
    }

    @Override
    public Optional<String> complaint(Object value) {
      return value instanceof String text && !text.isBlank() && text.length() <= 4096
              && text.chars().noneMatch(Character::isISOControl)
          ? Optional.empty()
          : Optional.of("must be a text in quotes, in one line and not empty, not " + shown(value));
    }

    @Override
    public Object typed(String text) {
      return text;
    }
  }

  /** The name that we give an agent: one DNS label. */
  record AgentName(String usual) implements ValueRule {
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

    @Override
    public Optional<Object> standard() {
      return Optional.of(usual);
    }

    @Override
    public Optional<String> complaint(Object value) {
      return value instanceof String text && NAME.matcher(text).matches()
          ? Optional.empty()
          : Optional.of("must be 1 to 63 of a-z, 0-9 and - (not first or last), not " + shown(value));
    }

    @Override
    public Object typed(String text) {
      return text.strip();
    }
  }

  /** A host name, an IP address, or {@code auto}. */
  record Host(Optional<String> usual) implements ValueRule {
    @Override
    public Optional<Object> standard() {
      return usual.map(text -> text);
    }

    @Override
    public Optional<String> complaint(Object value) {
      if (!(value instanceof String text)) {
        return Optional.of("must be a host name or an IP address in quotes, not " + shown(value));
      }
      boolean bareIpv6 = text.indexOf(':') != text.lastIndexOf(':') && !text.startsWith("[");
      try {
        Address read = Address.parse("toq://" + (bareIpv6 ? '[' + text + ']' : text) + "/agent");
        return read.port().isPresent()
            ? Optional.of("must not name a port: that is the key port")
            : Optional.empty();
      } catch (IllegalArgumentException e) {
        return Optional.of("must be a host name or an IP address, not " + shown(value));
      }
    }

    @Override
    public Object typed(String text) {
      return text.strip();
    }
  }

  /** A list of texts. */
  record Lines() implements ValueRule {
    @Override
    public Optional<Object> standard() {
      return Optional.of(List.of());
    }

    @Override
    public Optional<String> complaint(Object value) {
      return value instanceof List<?> items && items.stream().allMatch(item -> item instanceof String)
          ? Optional.empty()
          : Optional.of("must be a list of texts like [\"text/html\"], not " + shown(value));
    }

    @Override
    public Object typed(String text) {
      return text.isBlank() ? List.of() : List.of(text.strip().split("\\s*,\\s*"));
    }
  }

  /** A file, wherever the program is started from. */
  record AbsolutePath() implements ValueRule {
    @Override
    public Optional<Object> standard() {
      return Optional.empty();
    }

    @Override
    public Optional<String> complaint(Object value) {
      return value instanceof String text && text.length() <= 4096 && text.startsWith("/")
              && text.chars().noneMatch(Character::isISOControl)
          ? Optional.empty()
          : Optional.of("must be the whole path of a file, from / on, not " + shown(value));
    }

    @Override
    public Object typed(String text) {
      return text;
    }
  }

  /** At most eight servers by their IP addresses, an IPv6 address with a port in brackets. */
  record Servers() implements ValueRule {
    private static final int MOST = 8;

    @Override
    public Optional<Object> standard() {
      return Optional.of(List.of());
    }

    @Override
    public Optional<String> complaint(Object value) {
      return value instanceof List<?> items && items.size() <= MOST && items.stream().allMatch(Servers::isServer)
          ? Optional.empty()
          : Optional.of(
              "must be a list of at most " + MOST + " servers like [\"192.168.1.1:53\"], not " + shown(value));
    }

    private static boolean isServer(Object item) {
      if (!(item instanceof String text)) {
        return false;
      }
      try {
        Address read = Address.parse("toq://" + (text.startsWith("[") ? text : bracketed(text)) + "/agent");
        return !read.isDomain() && !read.host().equals("localhost") && !read.host().endsWith(".local");
      } catch (IllegalArgumentException notAnAddress) {
        return false;
      }
    }

    private static String bracketed(String text) {
      return text.indexOf(':') == text.lastIndexOf(':') ? text : '[' + text + ']';
    }

    @Override
    public Object typed(String text) {
      return text.isBlank() ? List.of() : List.of(text.strip().split("\\s*,\\s*"));
    }
  }
}
