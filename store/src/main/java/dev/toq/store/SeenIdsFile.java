package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

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
  private static final SummedFile FORMAT = new SummedFile("toq-ids", (byte) 1);

  private SeenIdsFile() {}

  /** What a file holds. */
  record Content(SeenIds ids, LogPlace place) {}

  static void write(FileLayer files, Path path, SeenIds ids, LogPlace place, boolean forced) throws IOException {
    FORMAT.write(files, path, forced, data -> {
      data.write(ids.secret());
      place.writeTo(data);
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
    });
  }

  /**
   * Reads a file.
   *
   * @return empty where it is missing or damaged
   * @throws StoreException where a newer version wrote it
   */
  static Optional<Content> read(Path path, Duration window, int cap, Instant now) throws IOException {
    return FORMAT.read(path, in -> content(in, window, cap, now));
  }

  private static Content content(ByteBuffer in, Duration window, int cap, Instant now) {
    SeenIds ids = new SeenIds(SummedFile.take(in, SeenIds.SECRET_BYTES), window, cap);
    LogPlace place = LogPlace.readFrom(in);
    for (int peers = in.getInt(); peers > 0; peers--) {
      PublicKey peer = PublicKey.ofBytes(SummedFile.take(in, 32));
      int count = in.getInt();
      ids.expect(peer, Math.min(count, in.remaining() / PeerIds.BYTES));
      for (int left = count; left > 0; left--) {
        ids.add(peer, in.getLong(), in.getLong(), in.getInt(), now);
      }
    }
    ids.dropExpired(now);
    return new Content(ids, place);
  }
}
