package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FrameBudgetTest {
  private static final int MEGABYTE = 1 << 20;
  private static final int ENOUGH = 1 << 30;

  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final FrameReader.Progress progress = new FrameReader.Progress() {
    @Override
    public void started() {
      begun.incrementAndGet();
    }

    @Override
    public void finished() {
      ended.incrementAndGet();
    }
  };

  private static InputStream bytes(int promised, int sent) {
    return new ByteArrayInputStream(ByteBuffer.allocate(Integer.BYTES + sent).putInt(promised).array());
  }

  private FrameReader reader(InputStream in, FrameBudget budget) {
    return new FrameReader(in, progress, budget);
  }

  /** Something that may wait, on a thread of its own. */
  private static final class Waiting {
    private final CompletableFuture<Integer> result = new CompletableFuture<>();
    private final Thread thread;

    Waiting(Callable<Integer> what) {
      thread = Thread.ofPlatform().daemon().start(() -> {
        try {
          result.complete(what.call());
        } catch (Exception ended) {
          result.completeExceptionally(ended);
        }
      });
    }

    int result() throws Exception {
      return result.get(30, TimeUnit.SECONDS);
    }

    void awaitStuck() {
      while (thread.getState() != Thread.State.WAITING) {
        assertTrue(thread.isAlive() && !result.isDone(), "it did not wait");
        Thread.onSpinWait();
      }
    }
  }

  private static Waiting read(FrameReader reader) {
    return new Waiting(() -> reader.read(MEGABYTE).length);
  }

  private static Waiting become(FrameReader reader, int bytes) {
    return new Waiting(() -> {
      reader.mayBecome(bytes);
      return bytes;
    });
  }

  @Test
  @DisplayName("A long frame waits until those that are being read leave room, and its time begins anew; a short one, "
      + "and a long one that was only promised, take nothing")
  void longFrames() throws Exception {
    FrameBudget budget = new FrameBudget(MEGABYTE, ENOUGH);
    CountDownLatch rest = new CountDownLatch(1);
    InputStream silent = new InputStream() {
      @Override
      public int read() throws IOException {
        try {
          rest.await();
        } catch (InterruptedException stopped) {
          throw new IOException(stopped);
        }
        return -1;
      }
    };
    Waiting promised = read(reader(new SequenceInputStream(bytes(MEGABYTE, 60_000), silent), budget));
    promised.awaitStuck();
    FrameReader halfThere = reader(new SequenceInputStream(bytes(MEGABYTE, 70_000), silent), budget);
    Waiting half = read(halfThere);
    half.awaitStuck();
    assertEquals(60_000, reader(bytes(60_000, 60_000), budget).read(MEGABYTE).length);

    int before = begun.get();
    int endedBefore = ended.get();
    FrameReader later = reader(bytes(MEGABYTE, MEGABYTE), budget);
    Waiting next = read(later);
    next.awaitStuck();
    assertTrue(later.isWaiting());
    assertEquals(endedBefore + 1, ended.get(), "the time that it waits is not the peer's");
    rest.countDown();
    assertInstanceOf(EOFException.class, assertThrows(ExecutionException.class, half::result).getCause());
    next.awaitStuck();
    assertEquals(before + 1, begun.get());
    halfThere.done();
    assertEquals(MEGABYTE, next.result());
    assertFalse(later.isWaiting());
    assertEquals(before + 2, begun.get());
  }

  @Test
  @DisplayName("What frames may become counts until they are handled; those that can become little never wait")
  void values() throws Exception {
    FrameBudget budget = new FrameBudget(ENOUGH, 150_000 * FrameBudget.HEAP_PER_BYTE);
    FrameReader first = reader(bytes(100_000, 100_000), budget);
    first.read(MEGABYTE);
    Waiting second = read(reader(bytes(60_000, 60_000), budget));
    second.awaitStuck();
    assertEquals(FrameBudget.FEW_BYTES,
        reader(bytes(FrameBudget.FEW_BYTES, FrameBudget.FEW_BYTES), budget).read(MEGABYTE).length);
    first.done();
    assertEquals(60_000, second.result());
  }

  @Test
  @DisplayName("Frames that turn out to become more give back what they have before they wait; one that may become "
      + "more than there is takes all")
  void more() throws Exception {
    FrameBudget budget = new FrameBudget(ENOUGH, 110_000 * FrameBudget.HEAP_PER_BYTE);
    FrameReader one = reader(bytes(50_000, 50_000), budget);
    FrameReader other = reader(bytes(50_000, 50_000), budget);
    one.read(MEGABYTE);
    other.read(MEGABYTE);
    Waiting first = become(one, 10 * MEGABYTE);
    first.awaitStuck();
    Waiting second = become(other, 10 * MEGABYTE);
    assertEquals(10 * MEGABYTE, first.result());
    second.awaitStuck();
    one.done();
    assertEquals(10 * MEGABYTE, second.result());
    other.mayBecome(1_000); // less than it has
    other.done();
    assertEquals(100_000, reader(bytes(100_000, 100_000), budget).read(MEGABYTE).length);
  }
}
