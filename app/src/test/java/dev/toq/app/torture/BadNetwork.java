package dev.toq.app.torture;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What happens to a connection, drawn from the seed when it comes: every chunk takes 50 to 150 ms each way (200 ± 100
 * ms there and back); lost packets show above TCP as stalls; some lines are slow, some are reset after a few thousand
 * bytes, some fall silent with nobody told, some tell the end late. No connection lives longer than the test wants.
 */
final class BadNetwork {
  private static final int LEAST_DELAY_MILLIS = 50;
  private static final int DELAY_SPREAD_MILLIS = 101;
  private static final int STALLED_PERCENT = 5;
  private static final int LONGEST_STALL_MILLIS = 1_500;
  private static final int SLOW_BYTES_PER_SECOND = 10_000;
  private static final int MOST_BYTES_TO_RESET = 60_000;
  private static final int SILENCE_MILLIS = 8_000;
  private static final int LONGEST_NEWS_MILLIS = 4_000;
  private static final int SHORTEST_LIFE_MILLIS = 1_000;

  /** What a connection suffers. */
  enum Kind { LATENCY, STALLS, SLOW, RESET, HALF_OPEN, SLOW_CLOSE }

  private final Random chance;
  private final int longestLifeMillis;
  private final Map<Kind, Integer> drawn = new EnumMap<>(Kind.class);
  private volatile boolean calm;

  BadNetwork(Random chance, Duration longestLife) {
    this.chance = chance;
    this.longestLifeMillis = Math.toIntExact(longestLife.toMillis());
  }

  /** From now on bytes pass at once, also on connections that stand. */
  void calm() {
    calm = true;
  }

  /** How many connections of each kind there were. */
  synchronized Map<Kind, Integer> drawn() {
    return new TreeMap<>(drawn);
  }

  /** Draws what happens to the next connection. */
  synchronized Proxy.Ways ways(int connection) {
    if (calm) {
      return Proxy.Ways.STRAIGHT;
    }
    Kind kind = Kind.values()[chance.nextInt(Kind.values().length)];
    drawn.merge(kind, 1, Integer::sum);
    long end = System.nanoTime()
        + TimeUnit.MILLISECONDS.toNanos(chance.nextInt(SHORTEST_LIFE_MILLIS, longestLifeMillis));
    return new Proxy.Ways(new Line(kind, end, new Random(chance.nextLong())),
        new Line(kind, end, new Random(chance.nextLong())));
  }

  private final class Line implements Proxy.Way {
    private final Kind kind;
    private final long end;
    private final Random own;
    private int bytesToReset;

    Line(Kind kind, long end, Random own) {
      this.kind = kind;
      this.end = end;
      this.own = own;
      this.bytesToReset = own.nextInt(MOST_BYTES_TO_RESET);
    }

    @Override
    public int pass(int count) throws InterruptedException {
      if (calm) {
        return count;
      }
      TimeUnit.MILLISECONDS.sleep(LEAST_DELAY_MILLIS + own.nextInt(DELAY_SPREAD_MILLIS));
      boolean over = System.nanoTime() > end;
      switch (kind) {
        case LATENCY, SLOW_CLOSE -> { }
        case STALLS -> {
          if (own.nextInt(100) < STALLED_PERCENT) {
            TimeUnit.MILLISECONDS.sleep(own.nextInt(LONGEST_STALL_MILLIS));
          }
        }
        case SLOW -> TimeUnit.MILLISECONDS.sleep(count * 1_000L / SLOW_BYTES_PER_SECOND);
        case RESET -> {
          bytesToReset -= count;
          over |= bytesToReset < 0;
        }
        case HALF_OPEN -> {
          if (over) {
            TimeUnit.MILLISECONDS.sleep(SILENCE_MILLIS); // nobody is told; whoever waits must notice by himself
            return 0;
          }
        }
      }
      return over ? own.nextInt(count) : count;
    }

    @Override
    public void closing() throws InterruptedException {
      if (!calm && kind == Kind.SLOW_CLOSE) {
        TimeUnit.MILLISECONDS.sleep(own.nextInt(LONGEST_NEWS_MILLIS));
      }
    }
  }
}
