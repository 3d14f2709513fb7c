package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * What an inbox has to know about a stored line when it is opened: who sent which id when. Lines of our own are read by
 * their fixed form, which takes a tenth of the time of reading JSON; all others as JSON.
 */
record InboxRecord(PublicKey peer, String id, Instant receivedAt) {
  private static final byte[] ID = ascii("{\"id\":\"");
  private static final byte[] TIMESTAMP = ascii("\",\"timestamp\":\"");
  private static final byte[] FROM_KEY = ascii("\",\"from_key\":\"");
  private static final int KEY_CHARS = 52;
  private static final int TIMESTAMP_MAX_CHARS = 40;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads a line without its newline.
   *
   * @param sealed whether it carries a checksum that fits
   * @return empty where it is no record of an inbox
   */
  static Optional<InboxRecord> of(byte[] line, boolean sealed) {
    try {
      if (sealed) {
        Optional<InboxRecord> known = byForm(line);
        if (known.isPresent()) {
          return known;
        }
      }
      if (!(StrictJson.parse(line, StoredMessageJson.DEPTH) instanceof JsonObject object)
          || (!sealed && StoredMessageJson.isOurs(object))) {
        return Optional.empty(); // a line with our members and no checksum that fits is a damaged one of ours
      }
      StoredMessage message = StoredMessageJson.fromJson(object);
      return Optional.of(new InboxRecord(message.fromKey(), message.id(), message.receivedAt()));
    } catch (JsonException | DateTimeException | IllegalArgumentException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<InboxRecord> byForm(byte[] line) {
    int payloadEnd = line.length - SealedLine.SEAL_BYTES;
    int keyAt = payloadEnd - 1 - KEY_CHARS;
    int timestampEnd = keyAt - FROM_KEY.length;
    int idEnd = ID.length;
    if (timestampEnd < idEnd || !holds(line, 0, ID) || !holds(line, timestampEnd, FROM_KEY)) {
      return Optional.empty();
    }
    while (idEnd < timestampEnd && line[idEnd] != '"') {
      if (line[idEnd] == '\\' || line[idEnd] < 0) {
        return Optional.empty();
      }
      idEnd++;
    }
    int timestampAt = timestampEnd;
    while (timestampAt > idEnd && line[timestampAt - 1] != '"') {
      timestampAt--;
    }
    if (timestampEnd - timestampAt > TIMESTAMP_MAX_CHARS || !endsWith(line, timestampAt, TIMESTAMP)) {
      return Optional.empty();
    }
    return Optional.of(new InboxRecord(
        PublicKey.parse(text(line, keyAt, keyAt + KEY_CHARS)),
        text(line, ID.length, idEnd),
        Instant.parse(text(line, timestampAt, timestampEnd))));
  }

  private static boolean holds(byte[] line, int at, byte[] part) {
    return Arrays.equals(line, at, at + part.length, part, 0, part.length);
  }

  /** The member before the timestamp may be anything, a number too; so the quote in front of the comma is not asked. */
  private static boolean endsWith(byte[] line, int at, byte[] part) {
    return at >= part.length && Arrays.equals(line, at - part.length + 1, at, part, 1, part.length);
  }

  private static String text(byte[] line, int from, int to) {
    return new String(line, from, to - from, StandardCharsets.US_ASCII);
  }
}
