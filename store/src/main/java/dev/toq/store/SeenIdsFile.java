package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The ids that were seen, written down. Two files have this form.
 *
 * <ul>
 *   <li>Promise: {@code messages.ids} spares reading the whole log when it is opened, and promises nothing; it is not
 *       forced. {@code messages.cleared-ids} holds the ids of messages that are no longer in the log, and is forced
 *       before they go.
 *   <li>Limit: {@value PeerIds#BYTES} bytes an id, so 40 MB at most.
 *   <li>Format, numbers with the highest byte first:
 *       <pre>
 *       8   "toq-ids" and one byte, the version of the format: 1
 *       16  secret that the hashes are made with
 *       4   segment  \ place in the log: ids of all
 *       8   offset   / messages before it are here
 *       4   A, at most 64
 *       A   the bytes of the log before that place, to see whether it still is the same log
 *       4   number of peers, and for each:
 *         32  its key
 *         4   number of its ids, and for each:
 *           16  hash of the id
 *           4   second of receipt, from 2020-01-01T00:00:00Z
 *       4   CRC-32C of everything before
 *       </pre>
 *   <li>Commit point: the rename, for {@code messages.cleared-ids} after a force.
 *   <li>Recovery: what is damaged or of another log is not used. The ids are then read from the log.
 * </ul>
 */
final class SeenIdsFile {
  private static final byte VERSION = 1;
  private static final byte[] MAGIC = "toq-ids".getBytes(StandardCharsets.US_ASCII);
  private static final int ANCHOR_BYTES = 64;

  private SeenIdsFile() {}

  /** What a file holds. */
  record Content(SeenIds ids, LogPosition end, byte[] anchor) {}

  /** Reads the last bytes before a place in the log, as {@link LogWriter#read} does. */
  interface LogBytes {
    Optional<byte[]> read(LogPosition at, int bytes) throws IOException;
  }

  /** What stands in the log before {@code end}. */
  static byte[] anchor(LogPosition end, LogBytes log) throws IOException {
    int length = (int) Math.min(ANCHOR_BYTES, end.offset());
    return log.read(new LogPosition(end.segment(), end.offset() - length), length).orElseGet(() -> new byte[0]);
  }

  /** Whether the place still is what it was. */
  static boolean fits(Content content, LogBytes log) throws IOException {
    byte[] before = content.anchor();
    LogPosition end = content.end();
    if (before.length == 0) {
      return end.offset() == 0 && end.segment() == 1;
    }
    return log.read(new LogPosition(end.segment(), end.offset() - before.length), before.length)
        .filter(found -> Arrays.equals(found, before))
        .isPresent();
  }

  static void write(FileLayer files, Path path, SeenIds ids, LogPosition end, byte[] anchor, boolean forced)
      throws IOException {
    Path temporary = path.resolveSibling(path.getFileName() + ".new");
    files.delete(temporary);
    try (FileLayer.Output file = files.createNew(temporary)) {
      Summed out = new Summed(file);
      DataOutputStream data = new DataOutputStream(out);
      data.write(MAGIC);
      data.writeByte(VERSION);
      data.write(ids.secret());
      data.writeInt(end.segment());
      data.writeLong(end.offset());
      data.writeInt(anchor.length);
      data.write(anchor);
      data.writeInt(ids.peers().size());
      for (Map.Entry<PublicKey, PeerIds> peer : ids.peers().entrySet()) {
        data.write(peer.getKey().bytes());
        data.writeInt(peer.getValue().size());
        peer.getValue().<IOException>forEach((high, low, second) -> {
          data.writeLong(high);
          data.writeLong(low);
          data.writeInt(second);
        });
      }
      data.writeInt(out.sum());
      out.flushBlock();
      if (forced) {
        file.force();
      }
    }
    files.rename(temporary, path);
    if (forced) {
      files.forceDirectory(AtomicFile.parent(path));
    }
  }

  /**
   * Reads a file.
   *
   * @return empty where it is missing or damaged
   * @throws StoreException where a newer version wrote it
   */
  static Optional<Content> read(Path path, Duration window, int cap, Instant now) throws IOException {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    byte[] bytes = Files.readAllBytes(path);
    int body = bytes.length - Integer.BYTES;
    if (body < MAGIC.length + 1 || sum(bytes, body) != ByteBuffer.wrap(bytes).getInt(body)) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, body);
    byte[] magic = take(in, MAGIC.length);
    byte version = in.get();
    if (!Arrays.equals(magic, MAGIC) || version < 1) {
      return Optional.empty();
    }
    FormatVersion.refuseNewer(path, version, VERSION);
    try {
      return Optional.of(content(in, window, cap, now));
    } catch (BufferUnderflowException | IllegalArgumentException notOurs) {
      return Optional.empty();
    }
  }

  private static Content content(ByteBuffer in, Duration window, int cap, Instant now) {
    SeenIds ids = new SeenIds(take(in, SeenIds.SECRET_BYTES), window, cap);
    LogPosition end = new LogPosition(in.getInt(), in.getLong());
    byte[] anchor = take(in, in.getInt());
    for (int peers = in.getInt(); peers > 0; peers--) {
      PublicKey peer = PublicKey.ofBytes(take(in, 32));
      int count = in.getInt();
      ids.expect(peer, Math.min(count, in.remaining() / PeerIds.BYTES));
      for (int left = count; left > 0; left--) {
        ids.add(peer, in.getLong(), in.getLong(), in.getInt(), now);
      }
    }
    ids.dropExpired(now);
    return new Content(ids, end, anchor);
  }

  private static byte[] take(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static int sum(byte[] bytes, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, length);
    return (int) sum.getValue();
  }

  /** Writes in blocks and keeps the sum of what went through. */
  private static final class Summed extends OutputStream {
    private static final int BLOCK = 1 << 16;

    private final FileLayer.Output file;
    private final ByteArrayOutputStream block = new ByteArrayOutputStream(BLOCK);
    private final CRC32C sum = new CRC32C();

    Summed(FileLayer.Output file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      sum.update(bytes, from, length);
      block.write(bytes, from, length);
      if (block.size() >= BLOCK) {
        flushBlock();
      }
    }

    int sum() {
      return (int) sum.getValue();
    }

    void flushBlock() throws IOException {
      file.write(ByteBuffer.wrap(block.toByteArray()));
      block.reset();
    }
  }
}
