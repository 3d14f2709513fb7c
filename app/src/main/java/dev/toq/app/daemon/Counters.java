package dev.toq.app.daemon;

import java.util.concurrent.atomic.LongAdder;

/** What {@code toq status} counts since the start. */
final class Counters {
  final LongAdder messagesIn = new LongAdder();
  final LongAdder messagesOut = new LongAdder();
  final LongAdder errors = new LongAdder();
}
