package dev.toq.store;

import dev.toq.store.OutboxState.Accepted;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Cancelled;
import dev.toq.store.OutboxState.Expired;
import dev.toq.store.OutboxState.Failed;
import dev.toq.store.OutboxState.Refused;
import dev.toq.store.OutboxState.Sent;
import dev.toq.store.OutboxState.Unknown;
import dev.toq.store.OutboxTable.Slot;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * What an outbox knows at a place in its log, so that only what comes after that place is read when it is opened.
 *
 * <ul>
 *   <li>Promise: none; all of it can be read from the log. It is forced all the same, so that a power failure does not
 *       cost the owner some seconds.
 *   <li>Limit: about 150 bytes for each unfinished and each finished message that is kept in memory.
 *   <li>Format, numbers with the highest byte first:
 *       <pre>
 *       8   "toq-out" and one byte, the version of the format: 1
 *       …   place in the log ({@link LogPlace}): all that stands before it is here
 *       4   number of unfinished messages, in the order of acceptance, and for each:
 *         16  id
 *         …   recipient     (a text is 4 bytes, its length, and its UTF-8 bytes)
 *         8   number in the order of acceptance, from 1
 *         4   segment  \ of the message's line
 *         8   offset   /
 *         4   length of that line with its newline
 *         12  created at    (a time is 8 bytes, its second, and 4 bytes, its nanosecond)
 *         12  expires at
 *         4   transmissions, and where there were any:
 *           12  time of the last
 *         1   state: a accepted, s sent, k acked, r refused, f failed, e expired, u unknown, c cancelled
 *         12  since when; then code and text of a refusal, the reason of a failure
 *       4   number of finished messages, in the order in which they ended, each the same
 *       4   CRC-32C of everything before
 *       </pre>
 *   <li>Commit point: the rename, after a force.
 *   <li>Recovery: what is damaged or of another log is not used; the log is then read from its start.
 * </ul>
 */
final class OutboxIndexFile {
  private static final SummedFile FORMAT = new SummedFile("toq-out", (byte) 1);

  private OutboxIndexFile() {}

  /** What a file holds. */
  record Content(OutboxTable table, LogPlace place) {}

  /** What stands in the log now, as bytes for {@link #write}. A state that is ahead of the log is left to the log. */
  static byte[] content(OutboxTable table) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(bytes);
    Collection<Slot> unfinished = table.unfinished();
    data.writeInt(unfinished.size());
    for (Slot slot : unfinished) {
      write(data, slot, slot.stateBeforeEnd());
    }
    data.writeInt(table.finished().size());
    for (Slot slot : table.finished()) {
      write(data, slot, slot.state());
    }
    return bytes.toByteArray();
  }

  /** {@code place}: where the log ended when {@code content} was made. */
  static void write(FileLayer files, Path path, LogPlace place, byte[] content) throws IOException {
    FORMAT.write(files, path, true, data -> {
      place.writeTo(data);
      data.write(content);
    });
  }

  private static void write(DataOutputStream data, Slot slot, OutboxState state) throws IOException {
    data.writeLong(slot.key.id().getMostSignificantBits());
    data.writeLong(slot.key.id().getLeastSignificantBits());
    write(data, slot.key.recipient());
    data.writeLong(slot.number());
    data.writeInt(slot.at().segment());
    data.writeLong(slot.at().offset());
    data.writeInt(slot.bytes);
    write(data, slot.createdAt);
    write(data, slot.expiresAt);
    Optional<Sent> sent = slot.sent();
    data.writeInt(sent.map(Sent::transmissions).orElse(0));
    if (sent.isPresent()) {
      write(data, sent.get().at());
    }
    data.writeByte(switch (state) {
      case Accepted accepted -> 'a';
      case Sent last -> 's';
      case Acked acked -> 'k';
      case Refused refused -> 'r';
      case Failed failed -> 'f';
      case Expired expired -> 'e';
      case Unknown unknown -> 'u';
      case Cancelled cancelled -> 'c';
    });
    write(data, state.at());
    if (state instanceof Refused refused) {
      write(data, refused.code());
      write(data, refused.text());
    } else if (state instanceof Failed failed) {
      write(data, failed.reason());
    }
  }

  private static void write(DataOutputStream data, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    data.writeInt(bytes.length);
    data.write(bytes);
  }

  private static void write(DataOutputStream data, Instant time) throws IOException {
    data.writeLong(time.getEpochSecond());
    data.writeInt(time.getNano());
  }

  /**
   * Reads a file.
   *
   * @return empty where it is missing or damaged
   * @throws StoreException where a newer version wrote it
   */
  static Optional<Content> read(Path path, int historyLimit) throws IOException {
    return FORMAT.read(path, in -> {
      LogPlace place = LogPlace.readFrom(in);
      OutboxTable table = new OutboxTable(historyLimit);
      for (int left = in.getInt(); left > 0; left--) {
        read(in, table, false);
      }
      for (int left = in.getInt(); left > 0; left--) {
        read(in, table, true);
      }
      return new Content(table, place);
    });
  }

  private static void read(ByteBuffer in, OutboxTable table, boolean finished) {
    OutboxKey key = new OutboxKey(new UUID(in.getLong(), in.getLong()), text(in));
    long number = in.getLong();
    LogPosition at = new LogPosition(in.getInt(), in.getLong());
    int bytes = in.getInt();
    Slot slot = new Slot(key, time(in), time(in), bytes);
    int transmissions = in.getInt();
    Optional<Sent> sent = transmissions == 0 ? Optional.empty() : Optional.of(new Sent(time(in), transmissions));
    byte kind = in.get();
    Instant since = time(in);
    OutboxState state = switch (kind) {
      case 'a' -> new Accepted(since);
      case 's' -> new Sent(since, transmissions);
      case 'k' -> new Acked(since);
      case 'r' -> new Refused(since, text(in), text(in));
      case 'f' -> new Failed(since, text(in));
      case 'e' -> new Expired(since);
      case 'u' -> new Unknown(since);
      case 'c' -> new Cancelled(since);
      default -> throw new IllegalArgumentException("no state is written as " + kind);
    };
    table.restore(slot, at, number, state, sent, finished);
  }

  private static String text(ByteBuffer in) {
    return new String(SummedFile.take(in, in.getInt()), StandardCharsets.UTF_8);
  }

  private static Instant time(ByteBuffer in) {
    try {
      return Instant.ofEpochSecond(in.getLong(), in.getInt());
    } catch (DateTimeException | ArithmeticException none) {
      throw new IllegalArgumentException(none);
    }
  }
}
