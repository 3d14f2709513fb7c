package dev.toq.app.bench;

import dev.toq.app.bench.StalledSocket.Stage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Forty places for stalled sockets, ten for each stage. A place whose socket is closed by the daemon gets another one
 * at once, so that forty stand for as long as it takes.
 */
final class Stalls {
  static final int EACH = 10;
  static final int ALL = EACH * Stage.values().length;

  /** How one stalled socket ended: closed by the daemon after this time, or given up after all patience. */
  record Closing(Stage stage, Duration after) {}

  /**
   * How all of them ended.
   *
   * @param unfilled places that a new socket could not be put into, because the daemon did not take it so far
   */
  record End(List<Closing> closings, int unfilled) {}

  private final int port;
  private final StalledSocket.Words words;
  private final Duration patience;
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory());
  private final List<Future<End>> places = new ArrayList<>();
  private final Semaphore standing = new Semaphore(0);
  private volatile boolean refilled = true;

  /**
   * Opens all forty and returns when they stand. Those that speak TLS come first: they need a daemon that accepts,
   * which one that waits for the silent ones does not.
   *
   * @param patience how long a socket waits for the daemon, before it counts as not closed
   */
  static Stalls open(int port, StalledSocket.Words words, Duration patience) 
      throws InterruptedException, ExecutionException {
    Stalls stalls = new Stalls(port, words, patience);
    for (Stage stage : List.of(Stage.HALF_CREDENTIALS, Stage.AFTER_TLS, Stage.HALF_CLIENT_HELLO, Stage.SILENT)) {
      for (int i = 0; i < EACH; i++) {
        stalls.places.add(stalls.threads.submit(() -> stalls.keep(stage)));
      }
      if (!stalls.standing.tryAcquire(EACH, patience.toMillis(), TimeUnit.MILLISECONDS)) {
        stalls.awaitAllClosed();
        throw new IllegalStateException("not all sockets of this stage stand: " + stage.title());
      }
    }
    return stalls;
  }

  private Stalls(int port, StalledSocket.Words words, Duration patience) {
    this.port = port;
    this.words = words;
    this.patience = patience;
  }

  /** One place: a stalled socket after the other, as long as they are wanted. */
  private End keep(Stage stage) {
    List<Closing> closings = new ArrayList<>();
    do {
      try (StalledSocket socket = StalledSocket.open(stage, port, words, patience)) {
        standing.release();
        closings.add(new Closing(stage, socket.awaitClose()));
      } catch (IOException untaken) {
        return new End(closings, 1); // counted, and told in the end
      }
    } while (refilled);
    return new End(closings, 0);
  }

  /** Refills no place any more and waits until the last socket is closed. */
  End awaitAllClosed() throws InterruptedException, ExecutionException {
    refilled = false;
    List<Closing> closings = new ArrayList<>();
    int unfilled = 0;
    try (threads) {
      for (Future<End> place : places) {
        closings.addAll(place.get().closings());
        unfilled += place.get().unfilled();
      }
    }
    return new End(closings, unfilled);
  }
}
