package dev.toq.app.api;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnector;

/**
 * Closes connections whose next request does not begin in time. Jetty's own idle limit starts anew with every byte, so
 * a caller that sends its headers one letter at a time would stay for ever. Here a connection gets, from its opening or
 * its last sign of an answer, so long until a whole request head is there; it is closed at most a second later. While a
 * request is being answered this limit rests.
 */
final class HeadDeadline implements Runnable {
  private static final long TICK_SECONDS = 1;

  /** What was seen of a connection, and since when nothing changed. */
  private record Seen(long requests, long bytesOut, long sinceNanos) {}

  private final AbstractConnector connector;
  private final Duration limit;
  private Map<EndPoint, Seen> seen = Map.of();

  HeadDeadline(AbstractConnector connector, Duration limit) {
    this.connector = connector;
    this.limit = limit;
  }

  /** To be called once, when the connector runs; then it calls itself, one call after the other. */
  @Override
  public void run() {
    if (!connector.isRunning()) {
      return;
    }
    long now = System.nanoTime();
    Map<EndPoint, Seen> next = new HashMap<>();
    for (EndPoint endPoint : connector.getConnectedEndPoints()) {
      Connection connection = endPoint.getConnection();
      Seen before = seen.get(endPoint);
      long requests = connection.getMessagesIn();
      long bytesOut = connection.getBytesOut();
      boolean beingAnswered = requests > connection.getMessagesOut();
      if (before == null || beingAnswered || before.requests != requests || before.bytesOut != bytesOut) {
        next.put(endPoint, new Seen(requests, bytesOut, now));
      } else if (now - before.sinceNanos > limit.toNanos()) {
        endPoint.close(new TimeoutException("no request within " + limit.toSeconds() + " s"));
      } else {
        next.put(endPoint, before);
      }
    }
    seen = next;
    connector.getScheduler().schedule(this, TICK_SECONDS, TimeUnit.SECONDS);
  }
}
