package dev.toq.store;

import dev.toq.store.OutboxLines.Head;
import dev.toq.store.OutboxLines.State;
import dev.toq.store.OutboxState.Sent;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads lines of an outbox by the fixed form in which {@link OutboxLines} writes them. That takes a small part of the
 * time and the memory of reading JSON, of which opening would have to do a lot. What is not of the plainest form is
 * left to {@link OutboxLines}.
 */
final class OutboxForm {
  private static final byte[] ID = ascii("{\"id\":\"");
  private static final byte[] RECIPIENT = ascii("\",\"recipient\":\"");
  private static final byte[] TYPE = ascii("\",\"type\":\"");
  private static final byte[] CREATED = ascii("\"created_at\":\"");
  private static final byte[] EXPIRES = ascii("\",\"expires_at\":\"");
  private static final byte[] STATE = ascii("\",\"state\":\"");
  private static final byte[] AT = ascii("\",\"at\":\"");
  private static final byte[] TRANSMISSIONS = ascii("\",\"transmissions\":");
  private static final byte[] SENT_AT = ascii(",\"sent_at\":\"");
  private static final int ID_CHARS = 36;

  private final byte[] line;
  private final int end;
  private int at;

  private OutboxForm(byte[] line) {
    this.line = line;
    this.end = line.length - SealedLine.SEAL_BYTES;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * What a line says.
   *
   * @param line without its newline, with a seal that fits
   * @return empty where it must be read as JSON
   */
  static Optional<OutboxLines> read(byte[] line) {
    try {
      return new OutboxForm(line).read();
    } catch (DateTimeException | IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  private Optional<OutboxLines> read() {
    if (!skip(ID) || at + ID_CHARS > end) {
      return Optional.empty();
    }
    String id = text(at, at + ID_CHARS);
    at += ID_CHARS;
    if (!skip(RECIPIENT)) {
      return Optional.empty();
    }
    String recipient = plain();
    boolean told = skip(STATE);
    if (!told && !skip(TYPE)) {
      return Optional.empty();
    }
    OutboxKey key = new OutboxKey(UUID.fromString(id), recipient);
    return told ? state(key) : head(key);
  }

  /** The times at the end of a message; whatever its body holds, they are the last members. */
  private Optional<OutboxLines> head(OutboxKey key) {
    int expires = valueStart(end - 1);
    int created = expires < EXPIRES.length ? -1 : valueStart(expires - EXPIRES.length);
    if (line[end - 1] != '"' || created < CREATED.length
        || !holds(expires - EXPIRES.length, EXPIRES) || !holds(created - CREATED.length, CREATED)) {
      return Optional.empty();
    }
    return Optional.of(new Head(key, Instant.parse(text(created, expires - EXPIRES.length)),
        Instant.parse(text(expires, end - 1))));
  }

  /** Where the text begins whose closing quote is at {@code quote}. */
  private int valueStart(int quote) {
    int start = quote;
    while (start > at && line[start - 1] != '"') {
      start--;
    }
    return start;
  }

  private Optional<OutboxLines> state(OutboxKey key) {
    String word = plain();
    if (!skip(AT)) {
      return Optional.empty();
    }
    Instant since = Instant.parse(plain());
    Optional<Sent> sent = Optional.empty();
    if (skip(TRANSMISSIONS)) {
      int digits = at;
      while (at < end && line[at] >= '0' && line[at] <= '9') {
        at++;
      }
      int transmissions = Integer.parseInt(text(digits, at));
      if (!skip(SENT_AT)) {
        return Optional.empty();
      }
      sent = Optional.of(new Sent(Instant.parse(plain()), transmissions));
    }
    if (at != end - 1 || line[at] != '"') {
      return Optional.empty();
    }
    Optional<Sent> last = sent;
    return OutboxLines.wordless(word, since, last).map(state -> new State(key, last, state));
  }

  /** The text up to the next quote. */
  private String plain() {
    int start = at;
    while (at < end && line[at] != '"') {
      if (line[at] == '\\' || line[at] < ' ') { // also what is not ASCII
        throw new IllegalArgumentException("not plain");
      }
      at++;
    }
    return text(start, at);
  }

  private boolean skip(byte[] part) {
    if (!holds(at, part)) {
      return false;
    }
    at += part.length;
    return true;
  }

  private boolean holds(int from, byte[] part) {
    return from + part.length <= end && Arrays.equals(line, from, from + part.length, part, 0, part.length);
  }

  private String text(int from, int to) {
    return new String(line, from, to - from, StandardCharsets.US_ASCII);
  }
}
