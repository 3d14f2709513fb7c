package dev.toq.app.daemon;

import dev.toq.app.daemon.Answers.Answer;
import dev.toq.protocol.body.BodyCodec;
import dev.toq.protocol.body.StreamOutcome;
import dev.toq.protocol.body.Streams;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.StreamMessages;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonText;
import dev.toq.store.Inbox;
import dev.toq.store.StoredMessage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What one connection makes of checked envelopes that carry content: their bodies in clear, their streams joined, and
 * what is whole given to the inbox, once. Used by the reader, except where a method says otherwise.
 */
final class Incoming {
  private final Node node;
  private final PeerKeys keys;
  private final FrameReader frames;
  private final BodyCodec codec;
  private final Streams streams;
  private final Pressure pressure;
  private final Answers answers;
  private final Supplier<Stamp> stamp;
  private final Consumer<ProtocolException> refuse;
  private final ThreadSlots threads;
  private boolean toldOfMissing;

  /** @param refuse tells the peer of a fault of one envelope */
  Incoming(Node node, Session.Established established, Pressure pressure, Answers answers, Supplier<Stamp> stamp,
      Consumer<ProtocolException> refuse) {
    this.node = node;
    this.keys = established.keys();
    this.frames = established.frames();
    this.codec = established.codec();
    this.streams = established.streams();
    this.pressure = pressure;
    this.answers = answers;
    this.stamp = stamp;
    this.refuse = refuse;
    this.threads =
        new ThreadSlots(node.ticker(), node.config().maxThreadsPerConnection(), streams::openThreads);
  }

  /**
   * A message, a closing message or a part of a stream, accepted by the check.
   *
   * @param bytes its size on the wire
   */
  void take(Envelope received, int bytes) {
    Envelope clear;
    if (received.compression().isPresent()) {
      frames.mayBecome(node.config().maxMessageSize());
    }
    try {
      BodyCodec.Opened opened = codec.opened(received);
      clear = opened.envelope();
      tellOfMissing(opened.secrecy());
    } catch (ProtocolException fault) {
      refuse.accept(fault);
      if (received.type().isStreamPart()) {
        missed();
      }
      return;
    }
    if (!pressure.allowsMessage()) {
      refuseForRate(clear);
    } else if (!clear.type().isStreamPart()) {
      store(clear, bytes);
    } else if (clear.type() == MessageType.STREAM_CHUNK && !threads.hasRoom(clear.threadId())) {
      refuseForNow(clear, threadsTaken()); // R-21.3-01, A-65
    } else {
      join(clear, bytes);
    }
  }

  /** Encryption was agreed, and the peer sends in clear: the owner is told once a connection. */
  private void tellOfMissing(BodyCodec.Secrecy secrecy) {
    if (secrecy == BodyCodec.Secrecy.MISSING && !toldOfMissing) {
      toldOfMissing = true;
      Journal.emit(new Journal.Event.SentInClear(keys.current()));
    }
  }

  private void join(Envelope clear, int bytes) {
    if (clear.type() == MessageType.STREAM_END) { // joined, it takes memory like a message of that size
      streamOf(clear).ifPresent(id -> frames.mayBecome(streams.size(id)));
    }
    switch (streams.accept(clear, node.clock().instant())) {
      case StreamOutcome.Partial(Envelope chunk) -> {
        acknowledge(chunk);
        node.events().publish(message(chunk)); // live, and never kept
      }
      case StreamOutcome.Repeated(Envelope chunk) -> acknowledge(chunk);
      case StreamOutcome.Complete(Envelope whole) -> store(whole, bytes);
      case StreamOutcome.Cancelled cancelled -> cancel(cancelled);
      case StreamOutcome.Refused(ProtocolException fault) -> refuse.accept(fault);
    }
  }

  /**
   * There is no room for this envelope now (R-21.3-02): it is not acknowledged and its id not remembered, so that it
   * may come again. A stream without one of its parts would be another text, so that ends.
   */
  private void refuseForNow(Envelope envelope, String why) {
    refuse.accept(new ProtocolException(ErrorCode.RESOURCE_EXHAUSTED, why).about(envelope.id()));
    if (envelope.type().isStreamPart()) {
      streams.broken(streamOf(envelope), node.clock().instant()).forEach(this::cancel);
    }
  }

  private static Optional<String> streamOf(Envelope part) {
    try {
      return Optional.of(StreamMessages.streamId(part));
    } catch (ProtocolException none) {
      return Optional.empty();
    }
  }

  /** The peer has sent as much in this second as the owner lets it. */
  void refuseForRate(Envelope envelope) {
    refuseForNow(envelope, "No more than " + node.config().rateMessages() + " messages a second are taken.");
  }

  private String threadsTaken() {
    return "All " + node.config().maxThreadsPerConnection() + " threads of this connection have unfinished work.";
  }

  /**
   * A message that the inbox has: acknowledged afresh, once the first is durable (R-12.4-01). It counts for the rate
   * and is never refused for it, because a refusal would tell the sender that what was delivered was not. Nothing is
   * stored here: where the first could just not be stored, this one may come again.
   */
  void again(Envelope known, int bytes) {
    pressure.allowsMessage();
    String id = known.id().toString();
    Optional<CompletableFuture<Void>> first =
        keys.acceptedUnder(node.inbox(), id).flatMap(key -> node.inbox().accepted(key, id));
    if (first.isPresent()) {
      answers.put(new Answer.Acknowledge(known.id(), bytes, first.get()));
    } else {
      refuseForNow(known, "The message could not be stored.");
    }
  }

  /** The peer takes something back. What is stored has been processed; an open stream is dropped (R-11.7-01, A-64). */
  void cancelled(Envelope cancel) throws ProtocolException {
    streams.cancel(SystemMessages.cancelledId(cancel));
    acknowledge(cancel);
  }

  /** An envelope was refused: it may have been a part of any stream, which would be another text without it. */
  void missed() {
    streams.broken(Optional.empty(), node.clock().instant()).forEach(this::cancel);
  }

  /** Ends streams that were silent for too long. For the answering thread. */
  void expire() {
    List<StreamOutcome.Cancelled> silent = streams.expire(node.clock().instant());
    silent.forEach(this::cancel);
  }

  /** The connection has ended: nothing that is incomplete stays (R-11.8-01). */
  void end() {
    streams.drop();
  }

  private void cancel(StreamOutcome.Cancelled cancelled) {
    refuse.accept(cancelled.fault());
    answers.put(new Answer.Say(SystemMessages.cancel(stamp.get(), cancelled.chunkId())));
  }

  private void acknowledge(Envelope envelope) {
    answers.put(new Answer.Say(SystemMessages.ack(stamp.get(), envelope.id())));
  }

  private void store(Envelope envelope, int bytes) {
    if (!threads.enter(envelope.threadId())) { // R-10.3-01, R-21.3-01, A-65
      refuseForNow(envelope, threadsTaken());
      return;
    }
    if (!node.queue().enter()) { // R-21.3-01, A-10
      threads.stored(envelope.threadId());
      refuseForNow(envelope, "As many messages wait here as may; try again later.");
      return;
    }
    StoredMessage message = message(envelope); // its body is compact; what waits for the disk holds nothing else
    Inbox.Acceptance acceptance = node.inbox().accept(message, () -> received(message));
    acceptance.durable().whenComplete((stored, failed) -> {
      node.queue().leave();
      threads.stored(message.threadId());
    });
    // R-10.7-02: one reader, one log and one queue keep the order of arrival
    answers.put(
        new Answer.Acknowledge(envelope.id(), Math.max(bytes, message.bodyBytes()), acceptance.durable()));
  }

  /**
   * A message is durable: listeners get it whether or not its acknowledgement finds the connection still there, because
   * a second copy would be a duplicate, which nobody is handed. On the thread that owns the log.
   */
  private void received(StoredMessage message) {
    node.counters().messagesIn.increment();
    Journal.emit(new Journal.Event.MessageReceived(message.fromKey(), message.id(), message.type()));
    node.events().publish(message);
  }

  /** R-10.1-01, R-10.1-02, R-10.4-01: a thread is no more than its id. */
  private StoredMessage message(Envelope envelope) {
    return new StoredMessage(
        envelope.id().toString(), envelope.type().wire(), envelope.from().toString(), keys.current(),
        envelope.body().map(JsonText::of), envelope.threadId(), envelope.replyTo(), envelope.contentType(),
        node.clock().instant());
  }
}
