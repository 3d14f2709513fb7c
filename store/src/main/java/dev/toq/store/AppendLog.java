package dev.toq.store;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A log of JSON lines, each sealed with its checksum ({@link SealedLine}).
 *
 * <ul>
 *   <li>Promise: a record whose {@link Completion#durable} was called is found again after a crash, a kill or a power
 *       failure, once, in the order of the calls. One whose {@link Completion#failed} was called was taken back; only
 *       where the process ends before the disk allows that may it be found again, and then it is as durable as the
 *       others before {@link #open} returns.
 *   <li>Limit: a segment holds {@link Settings#segmentBytes}, or one longer record. At most {@link Settings#queueBytes}
 *       wait; then {@link #append} waits. Segments are never merged.
 *   <li>Format: {@code messages.jsonl} is written to; a full one becomes {@code messages-000001.jsonl} and so on.
 *       {@code messages.meta} holds the version of the format, {@code {"format":1}}: it stands apart, because readers
 *       of other programs take every line of the log for a message. Lines without a checksum come from such programs.
 *   <li>Commit point: one append of a line with its newline, and one force of the file. Records that wait at the same
 *       time, of however many threads, share both.
 *   <li>Recovery: a last line without newline is cut off. Any other damage is set aside in {@code messages.damaged-1}
 *       and so on, with a warning, and all other records are kept ({@link LogScan}). The end of the live segment, which
 *       a disk that failed may never have got, is written again and forced ({@link LogWriter}).
 * </ul>
 *
 * What its user can do without for a while ({@link LogOwner#riders}) is written with the next record that somebody
 * waits for, or when nothing comes for {@link Settings#idleAfter}, so that it costs no force of its own.
 *
 * <p>One platform thread owns the file: it takes all that waits, writes it, forces it, and tells each record's
 * completion, in order. Safe for use by many threads of one process; other processes may read.
 */
final class AppendLog implements AutoCloseable {
  /** Up to seven records that came together let the next ones gather so long: a force costs what three messages do. */
  private static final Duration GATHERING = Duration.ofNanos(200_000);
  /** Each four of them add as much again, up to so many times. */
  private static final int LONGEST_GATHERING = 10;

  /**
   * Sizes.
   *
   * @param idleAfter how long nothing must have come before {@link LogOwner#idle} is called; riders wait no longer
   */
  record Settings(long segmentBytes, int queueBytes, Duration idleAfter) {}

  /** What becomes of one record. Called on the thread that owns the log, which waits for it: be short, never throw. */
  interface Completion {
    void durable(LogPosition at);

    void failed(IOException why);
  }

  /** Work that must not run beside a commit. */
  interface Task {
    void run(LogWriter writer) throws IOException;
  }

  /** A record that is added, sealed and with its newline. */
  record Line(byte[] bytes, Completion completion) {}

  private sealed interface Item {
    record Waiting(Line line) implements Item {}

    record Work(Task task, CompletableFuture<Void> done) implements Item {}
  }

  private final LogWriter writer;
  private final LogCommit disk;
  private final Settings settings;
  private final LogOwner owner;
  private final List<String> warnings;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final ArrayDeque<Item> queue = new ArrayDeque<>();
  private long queuedBytes;
  private boolean closed;
  /** Whether there may be riders which nothing has given a lift yet. */
  private boolean nudged;

  private AppendLog(LogWriter writer, LogFiles names, Settings settings, LogOwner owner, List<String> warnings) {
    this.writer = writer;
    this.disk = new LogCommit(writer, owner);
    this.settings = settings;
    this.owner = owner;
    this.warnings = warnings;
    this.thread = Thread.ofPlatform().name("toq-log-" + names.live.getFileName()).unstarted(this::ownFile);
  }

  /**
   * Opens or makes a log.
   *
   * @param from where to begin reading, the start of a line; what stands before it is neither read nor checked
   * @param visitor told of every record from there on, before this returns
   * @throws StoreException where a newer version wrote it
   */
  static AppendLog open(
      FileLayer files, LogFiles names, Settings settings, LogPosition from, LogScan.Visitor visitor, LogOwner owner)
      throws IOException {
    List<String> warnings = new CopyOnWriteArrayList<>();
    LogFormat.check(files, names.beside("meta"), warnings);
    new LogScan(files, names, warnings).scan(from, visitor);
    AppendLog log =
        new AppendLog(new LogWriter(files, names, settings.segmentBytes()), names, settings, owner, warnings);
    log.thread.start();
    return log;
  }

  /**
   * Adds a record. Returns at once, except while {@link Settings#queueBytes} wait already.
   *
   * @param line sealed, with its newline; not to be changed afterwards
   */
  void append(byte[] line, Completion completion) {
    lock.lock();
    try {
      while (!closed && queuedBytes > 0 && queuedBytes + line.length > settings.queueBytes()) {
        room.awaitUninterruptibly();
      }
      if (!closed) {
        queuedBytes += line.length;
        put(new Item.Waiting(new Line(line, completion)));
        return;
      }
    } finally {
      lock.unlock();
    }
    completion.failed(closedAlready());
  }

  /** Lets riders wait no longer than {@link Settings#idleAfter}, whether or not anything else comes. */
  void nudge() {
    lock.lock();
    try {
      nudged = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Writes the riders there are, at once.
   *
   * @return completes when they are durable, or exceptionally with an {@link IOException} where they are not
   */
  CompletableFuture<Void> flush() {
    return submit(writer -> {
      Optional<IOException> failed = commit(List.of());
      if (failed.isPresent()) {
        throw failed.get();
      }
    });
  }

  private CompletableFuture<Void> submit(Task task) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    lock.lock();
    try {
      if (!closed) {
        put(new Item.Work(task, done));
        return done;
      }
    } finally {
      lock.unlock();
    }
    return CompletableFuture.failedFuture(closedAlready());
  }

  /** Runs a task between two commits, after all that was appended before, and waits for it. */
  void run(Task task) throws IOException {
    try {
      submit(task).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("interrupted while the log was at work");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
    }
  }

  private void put(Item item) {
    queue.add(item);
    if (queue.size() == 1) {
      work.signal();
    }
  }

  private static IOException closedAlready() {
    return new IOException("the log is closed");
  }

  private void ownFile() {
    try {
      List<Line> batch = new ArrayList<>();
      boolean idleTold = true;
      for (Next next = take(batch, idleTold); next != Next.END; next = take(batch, idleTold)) {
        idleTold = next == Next.NOTHING;
        switch (next) {
          case LINES -> {
            Duration gathering = gathering(batch.size());
            commit(batch);
            if (gathering.isPositive()) {
              LockSupport.parkNanos(gathering.toNanos());
            }
          }
          case WORK -> perform();
          case NOTHING -> {
            commit(batch);
            disk.tell(() -> owner.idle(writer.end()));
          }
          case END -> throw new IllegalStateException("ended already");
        }
      }
      commit(batch);
      disk.tell(() -> owner.closing(writer.end()));
    } finally {
      refuseRest();
    }
  }

  /**
   * How long the next records may gather. A record that came alone waits for nobody. Where several came together,
   * others are on their way; the more they are, the longer each one waits for its answer anyway.
   *
   * @param together how many records the last force made durable
   */
  static Duration gathering(int together) {
    return together == 1 ? Duration.ZERO : GATHERING.multipliedBy(Math.clamp(together / 4, 1, LONGEST_GATHERING));
  }

  private enum Next {
    LINES,
    WORK,
    NOTHING,
    END
  }

  private Next take(List<Line> batch, boolean idleTold) {
    batch.clear();
    lock.lock();
    try {
      while (queue.isEmpty()) {
        if (closed) {
          return Next.END;
        }
        if (idleTold && !nudged) {
          work.awaitUninterruptibly();
        } else if (!awaitWork()) {
          nudged = false;
          return Next.NOTHING;
        }
      }
      if (queue.peek() instanceof Item.Work) {
        return Next.WORK;
      }
      long bytes = 0;
      while (queue.peek() instanceof Item.Waiting(Line line)
          && (batch.isEmpty() || bytes + line.bytes.length <= LogWriter.UNFORCED_BYTES)) {
        queue.remove();
        batch.add(line);
        bytes += line.bytes.length;
      }
      queuedBytes -= bytes;
      room.signalAll();
      return Next.LINES;
    } finally {
      lock.unlock();
    }
  }

  /** False where nothing came in time. Nobody interrupts this thread; if somebody does, it is as if time had passed. */
  private boolean awaitWork() {
    try {
      return work.await(settings.idleAfter().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException stray) {
      return false;
    }
  }

  private Optional<IOException> commit(List<Line> batch) {
    Optional<IOException> failed = disk.commit(batch);
    if (failed.isPresent()) {
      nudge(); // riders that failed want to be asked for again
    }
    return failed;
  }

  private void perform() {
    Item.Work next;
    lock.lock();
    try {
      next = (Item.Work) queue.remove();
    } finally {
      lock.unlock();
    }
    try {
      next.task.run(writer);
      next.done.complete(null);
    } catch (IOException | RuntimeException failed) {
      next.done.completeExceptionally(failed);
    } catch (Error fatal) {
      next.done.completeExceptionally(fatal); // as nobody else will tell who waits
      throw fatal;
    }
  }

  /** So that nobody waits for a thread that is gone. */
  private void refuseRest() {
    List<Item> rest;
    lock.lock();
    try {
      closed = true;
      rest = List.copyOf(queue);
      queue.clear();
      queuedBytes = 0;
      room.signalAll();
    } finally {
      lock.unlock();
    }
    for (Item item : rest) {
      switch (item) {
        case Item.Waiting(Line line) -> line.completion.failed(closedAlready());
        case Item.Work task -> task.done.completeExceptionally(closedAlready());
      }
    }
  }

  /** Bytes of a record as it was appended; empty where it was dropped meanwhile. */
  Optional<byte[]> read(LogPosition at, int bytes) throws IOException {
    return writer.read(at, bytes);
  }

  /** What the owner should be told about damage that was found: one sentence each. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Why the last write failed; empty where it did not. */
  Optional<IOException> trouble() {
    return disk.trouble();
  }

  /** Writes what waits, then closes. */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      work.signal();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    writer.close();
  }
}
