package dev.toq.store;

/**
 * A place in a log.
 *
 * @param segment number of the segment, from 1; the live one has the highest
 * @param offset byte in that segment, from 0
 */
record LogPosition(int segment, long offset) implements Comparable<LogPosition> {
  static final LogPosition START = new LogPosition(1, 0);

  @Override
  public int compareTo(LogPosition other) {
    return segment != other.segment ? Integer.compare(segment, other.segment) : Long.compare(offset, other.offset);
  }
}
