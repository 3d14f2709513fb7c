package dev.toq.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Brings records to the disk and tells each what became of it. For the thread that owns the log. */
final class LogCommit {
  private final LogWriter writer;
  private final LogOwner owner;
  /** What failed last, until something succeeds. */
  private volatile Optional<IOException> trouble = Optional.empty();

  LogCommit(LogWriter writer, LogOwner owner) {
    this.writer = writer;
    this.owner = owner;
  }

  /** Something that the owner is told, and that may fail without harm to the log. */
  interface Telling {
    void tell() throws IOException;
  }

  /**
   * Writes these, and the riders behind them (all there are, where nothing else is to be written): with one force where
   * they are together no more than {@link LogWriter#UNFORCED_BYTES}, else in parts. Where a part fails, none behind it
   * is tried.
   *
   * @return why some failed; each of them knows already
   */
  Optional<IOException> commit(List<AppendLog.Line> batch) {
    List<AppendLog.Line> all = new ArrayList<>(batch);
    all.addAll(owner.riders(batch.isEmpty()));
    if (all.isEmpty()) {
      return Optional.empty();
    }
    for (int from = 0; from < all.size(); ) {
      int to = endOfPart(all, from);
      try {
        write(all.subList(from, to));
      } catch (IOException failed) {
        trouble = Optional.of(failed);
        all.subList(from, all.size()).forEach(line -> line.completion().failed(failed));
        return trouble;
      }
      from = to;
    }
    tell(() -> owner.committed(writer.end()));
    return Optional.empty();
  }

  private static int endOfPart(List<AppendLog.Line> all, int from) {
    int to = from + 1;
    long bytes = all.get(from).bytes().length;
    while (to < all.size() && bytes + all.get(to).bytes().length <= LogWriter.UNFORCED_BYTES) {
      bytes += all.get(to).bytes().length;
      to++;
    }
    return to;
  }

  private void write(List<AppendLog.Line> part) throws IOException {
    List<byte[]> lines = new ArrayList<>(part.size());
    int bytes = 0;
    for (AppendLog.Line line : part) {
      lines.add(line.bytes());
      bytes += line.bytes().length;
    }
    LogPosition at;
    try {
      at = writer.commit(lines, bytes);
    } catch (RuntimeException fault) {
      throw internal(fault);
    }
    trouble = Optional.empty(); // before anybody is told
    for (AppendLog.Line line : part) {
      LogPosition own = at;
      tell(() -> line.completion().durable(own));
      at = new LogPosition(at.segment(), at.offset() + line.bytes().length);
    }
  }

  /** Tells somebody; where that fails, it is the log's {@link #trouble}. */
  void tell(Telling telling) {
    try {
      telling.tell();
    } catch (IOException failed) {
      trouble = Optional.of(failed);
    } catch (RuntimeException fault) {
      trouble = Optional.of(internal(fault));
    }
  }

  /** A fault of our own counts like one of the disk, so that nobody waits for what never ends. */
  private static IOException internal(RuntimeException fault) {
    return new IOException("internal error: " + fault, fault);
  }

  /** Why the last write failed; empty where it did not. For any thread. */
  Optional<IOException> trouble() {
    return trouble;
  }
}
