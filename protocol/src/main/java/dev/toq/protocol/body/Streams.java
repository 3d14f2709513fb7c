package dev.toq.protocol.body;

import dev.toq.protocol.Spec;
import dev.toq.protocol.body.StreamOutcome.Cancelled;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.StreamMessages;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.wire.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The streams that a peer sends on one connection (specification section 11, A-60 to A-63). A stream lives from its
 * first chunk to the first of these:
 *
 * <pre>
 *                 +-- its end ------------------------> complete: delivered once
 *   first chunk --+-- a cancel of either side,
 *                 |   a limit, a fault, silence --------> over: nothing delivered; later parts: stream_not_found
 *                 +-- the end of the connection --------> gone
 * </pre>
 *
 * A stream is delivered whole or not at all. So a part that cannot be taken ends its stream, also where other code
 * refused it: that code says so by {@link #broken}. Held is what {@link Limits} allows, and of streams that are over
 * the last {@value #REMEMBERED_STREAMS} ids. Any number of threads may use it.
 */
public final class Streams {
  /** Longer ago, an id begins a new stream. */
  static final int REMEMBERED_STREAMS = 256;

  /** So many chunks of complete streams are acknowledged afresh if they come again. */
  static final int REMEMBERED_CHUNKS = 1024;

  /**
   * What the open streams of one connection may take in total.
   *
   * @param open streams at once
   * @param bytes of content; a binary part counts decoded
   * @param parts of any size
   * @param idle time without a new part
   */
  public record Limits(int open, long bytes, int parts, Duration idle) {
    /** The limits of A-62 under these terms: as many bytes as a file may have, where files are taken. */
    public static Limits of(Terms terms) {
      return new Limits(Spec.MAX_OPEN_STREAMS, terms.acceptFiles() ? terms.maxFileBytes() : Spec.MAX_STREAM_BYTES,
          Spec.MAX_STREAM_PARTS, Spec.STREAM_IDLE);
    }
  }

  private final Limits limits;
  private final StreamBudget budget;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, OpenStream> open = new LinkedHashMap<>();
  private final Map<UUID, OpenStream> openParts = new HashMap<>();
  private final Set<String> over = bounded(REMEMBERED_STREAMS);
  private final Set<UUID> answered = bounded(REMEMBERED_CHUNKS);
  /** Until then an unknown id may be that of a stream whose first part was refused. */
  private Instant beginsAgainAt = Instant.MIN;

  /** @param budget shared by all connections */
  public Streams(Limits limits, StreamBudget budget) {
    this.limits = limits;
    this.budget = budget;
  }

  /**
   * Takes one chunk or end, in the order of the sequence, which is the order of the connection.
   *
   * @param part accepted by the check, with its body in clear
   */
  public StreamOutcome accept(Envelope part, Instant now) {
    if (!part.type().isStreamPart() || part.isEncoded()) { // R-11.6-03
      throw new IllegalArgumentException("only a stream's part in clear can be joined");
    }
    return locked(() -> {
      if (openParts.containsKey(part.id()) || answered.contains(part.id())) {
        return new StreamOutcome.Repeated(part);
      }
      try {
        return take(StreamMessages.streamId(part), part, now);
      } catch (ProtocolException fault) {
        return new StreamOutcome.Refused(fault.about(part.id()));
      }
    });
  }

  /** Ends the streams that have been silent for too long. */
  public List<Cancelled> expire(Instant now) {
    return cancelAll(stream -> !stream.deadline().isAfter(now), ErrorCode.RESOURCE_EXHAUSTED,
        "The stream was silent for " + limits.idle().toSeconds() + " seconds.");
  }

  /**
   * Ends the stream that this part belongs to, because the peer cancels it: all of it is dropped (R-11.7-01,
   * R-11.7-03).
   *
   * @param cancelledId {@code cancel_id}, whatever its form
   * @return the stream's id; empty where no open stream has such a part, which changes nothing
   */
  public Optional<String> cancel(String cancelledId) {
    return locked(() -> uuid(cancelledId).flatMap(id -> Optional.ofNullable(openParts.get(id))).map(stream -> {
      forget(stream);
      over.add(stream.id);
      return stream.id;
    }));
  }

  /**
   * Ends streams of which a part was refused outside: joined without it they would be another text. A frame that was
   * too large or did not pass the check may have been a part of any stream, also of one that is not open: then it was
   * its first.
   *
   * @param streamId the stream, or empty where the refused envelope does not say; then all open ones end, and what
   *     seems to begin a stream within the idle time begins none, because it may be the rest of one
   */
  public List<Cancelled> broken(Optional<String> streamId, Instant now) {
    if (streamId.isPresent()) {
      locked(() -> over.add(streamId.get()));
    } else {
      locked(() -> beginsAgainAt = now.plus(limits.idle()));
    }
    return cancelAll(stream -> streamId.isEmpty() || streamId.get().equals(stream.id), ErrorCode.INVALID_ENVELOPE,
        "A part of the stream may be missing, because an envelope was refused.");
  }

  /** The connection ended: nothing that is incomplete stays (R-9.6-04, R-11.8-01). Returns the ids of what was open. */
  public List<String> drop() {
    return locked(() -> {
      List<OpenStream> all = List.copyOf(open.values());
      all.forEach(this::forget);
      return all.stream().map(stream -> stream.id).toList();
    });
  }

  /** How much is here of the stream of this id, in bytes; 0 where none is open. */
  public long size(String streamId) {
    return locked(() -> Optional.ofNullable(open.get(streamId)).map(OpenStream::bytes).orElse(0L));
  }

  /** How many streams are open (R-11.9-01). */
  public int openStreams() {
    return locked(open::size);
  }

  /** The threads of the open streams; a stream may belong to none. */
  public Set<String> openThreads() {
    return locked(
        () -> open.values().stream().flatMap(stream -> stream.threadId().stream()).collect(Collectors.toSet()));
  }

  private StreamOutcome take(String streamId, Envelope part, Instant now) throws ProtocolException {
    Optional<JsonValue> data = StreamMessages.data(part);
    boolean isEnd = part.type() == MessageType.STREAM_END;
    Optional<OpenStream> known = Optional.ofNullable(open.get(streamId));
    if (known.isEmpty()) {
      requireNew(streamId, isEnd && data.isEmpty());
      requireBeginning(streamId, now);
      requireSlot(streamId, isEnd);
    }
    OpenStream stream = known.orElseGet(() -> new OpenStream(streamId, part, limits.idle()));
    if (!stream.fits(part, data.isPresent())) {
      return cancel(stream, part.id(), new ProtocolException(
          ErrorCode.INVALID_ENVELOPE, "This part names another thread or content type than the first."));
    }
    if (data.isPresent()) {
      long bytes = StreamJoin.size(data.get(), part.contentType());
      if (!hasRoom(bytes) || !budget.take(OpenStream.memory(bytes))) {
        return cancel(stream, part.id(), new ProtocolException(ErrorCode.RESOURCE_EXHAUSTED, // R-23.1-11
            "The open streams would have more than " + limits.bytes() + " bytes or " + limits.parts() + " parts."));
      }
      stream.add(data.get(), bytes); // R-9.6-02
    }
    stream.touch(part.id(), now);
    return isEnd ? complete(stream, part) : keep(stream, part); // R-11.5-01
  }

  /** what is over stays over, and an end that ends nothing is none. */
  private void requireNew(String streamId, boolean isBareEnd) throws ProtocolException {
    if (over.contains(streamId) || isBareEnd) { // R-23.1-12
      throw new ProtocolException(ErrorCode.STREAM_NOT_FOUND, "There is no open stream of this id.");
    }
  }

  /** what may be the rest of a stream must not be taken for the whole. */
  private void requireBeginning(String streamId, Instant now) throws ProtocolException {
    if (now.isBefore(beginsAgainAt)) {
      over.add(streamId);
      throw new ProtocolException(ErrorCode.RESOURCE_EXHAUSTED, "An envelope was refused that may have begun this"
          + " stream; a new one can begin after " + limits.idle().toSeconds() + " seconds, or on another connection.");
    }
  }

  private void requireSlot(String streamId, boolean isEnd) throws ProtocolException {
    if (!isEnd && open.size() >= limits.open()) { // R-23.1-11
      over.add(streamId); // A later chunk must not begin the stream without its first.
      throw new ProtocolException(ErrorCode.RESOURCE_EXHAUSTED,
          "This connection has " + limits.open() + " open streams, which is all it may have.");
    }
  }

  /** R-11.3-01: parts of any size, and so their number is counted beside their bytes. */
  private boolean hasRoom(long bytes) {
    long used = open.values().stream().mapToLong(OpenStream::bytes).sum();
    return used + bytes <= limits.bytes() && openParts.size() < limits.parts();
  }

  /** Buffered, not delivered. */
  private StreamOutcome keep(OpenStream stream, Envelope chunk) {
    open.put(stream.id, stream);
    openParts.put(chunk.id(), stream);
    return new StreamOutcome.Partial(chunk);
  }

  private StreamOutcome complete(OpenStream stream, Envelope end) {
    stream.partIds().stream().filter(id -> !id.equals(end.id())).forEach(answered::add);
    forget(stream);
    over.add(stream.id);
    return new StreamOutcome.Complete(stream.message(end));
  }

  private Cancelled cancel(OpenStream stream, UUID chunkId, ProtocolException fault) {
    forget(stream);
    over.add(stream.id);
    return new Cancelled(stream.id, chunkId, fault.about(chunkId));
  }

  private List<Cancelled> cancelAll(Predicate<OpenStream> which, ErrorCode code, String reason) {
    return locked(() -> {
      List<OpenStream> chosen = open.values().stream().filter(which).toList();
      return chosen.stream()
          .map(stream -> cancel(stream, stream.lastPart(), new ProtocolException(code, reason))).toList();
    });
  }

  private void forget(OpenStream stream) {
    open.remove(stream.id);
    stream.partIds().forEach(openParts::remove);
    budget.giveBack(stream.memory());
  }

  private <T> T locked(Supplier<T> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
    }
  }

  private static Optional<UUID> uuid(String text) {
    try {
      return Optional.of(UUID.fromString(text)).filter(id -> id.toString().equalsIgnoreCase(text));
    } catch (IllegalArgumentException none) {
      return Optional.empty();
    }
  }

  /** A set that forgets what came first when it is full. */
  private static <T> Set<T> bounded(int size) {
    return Collections.newSetFromMap(new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<T, Boolean> eldest) {
        return size() > size;
      }
    });
  }
}
