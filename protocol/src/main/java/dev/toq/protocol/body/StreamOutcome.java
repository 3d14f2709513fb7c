package dev.toq.protocol.body;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ProtocolException;
import java.util.UUID;

/** What {@link Streams} made of one part. */
public sealed interface StreamOutcome {
  /** A chunk was put to its stream: acknowledge it, deliver nothing. */
  record Partial(Envelope chunk) implements StreamOutcome {}

  /** This chunk was taken before: acknowledge it afresh. */
  record Repeated(Envelope chunk) implements StreamOutcome {}

  /**
   * The stream is complete: deliver this once, and acknowledge it like any message. Where it cannot be stored it is
   * refused, and the sender streams again from the start.
   *
   * @param message the end's envelope with what the first part says of thread, content type and reply; its body is
   *     {@code {"stream_id": ..., "data": joined}}
   */
  record Complete(Envelope message) implements StreamOutcome {}

  /**
   * We end a stream that was open: answer with the fault, and tell the sender by {@code message.cancel} to stop.
   *
   * @param chunkId of a part of this stream: what {@code cancel_id} names
   */
  record Cancelled(String streamId, UUID chunkId, ProtocolException fault) implements StreamOutcome {}

  /** This part belongs to no stream that could take it: answer with the fault, no ack. */
  record Refused(ProtocolException fault) implements StreamOutcome {}
}
