package dev.toq.app.bench;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCodec;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Config;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxFile;
import dev.toq.store.OutboxKey;
import dev.toq.store.OutboxMessage;
import dev.toq.store.OutboxState;
import dev.toq.store.RealFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * An outbox as a lane uses it: a message is taken and forced, read, signed where its cost is measured, and noted as
 * sent and as acknowledged.
 */
final class GrownOutbox implements GrowthStore.Grown {
  private static final int PEERS = 100;
  private static final Duration LIFE = Duration.ofDays(7);
  private static final JsonObject BODY = JsonObject.builder().put("text", "x".repeat(60)).build();
  private static final Self SELF = WirePeer.newSelf("grown");

  private final OutboxFile outbox;

  private GrownOutbox(OutboxFile outbox) {
    this.outbox = outbox;
  }

  static GrowthStore.Grown open(Path directory) throws IOException {
    return new GrownOutbox(OutboxFile.open(RealFiles.INSTANCE, directory.resolve("outbox.jsonl"),
        InstantSource.system(), OutboxFile.Settings.of(Config.standard())));
  }

  @Override
  public int kinds() {
    return 1;
  }

  @Override
  public void add(int first, int count) throws IOException {
    pass(first, count, false);
  }

  @Override
  public GrowthStore.Block block(int kind, int stored, int count) {
    return () -> pass(stored, count, true);
  }

  private void pass(int first, int count, boolean signed) throws IOException {
    List<OutboxKey> keys = new ArrayList<>();
    List<CompletableFuture<Void>> durable = new ArrayList<>();
    for (int number = first; number < first + count; number++) {
      OutboxMessage message = message(number);
      if (!(outbox.accept(message) instanceof Outbox.Acceptance.Taken(var taken))) {
        throw new IllegalStateException("message " + number + " was not taken");
      }
      keys.add(message.key());
      durable.add(taken);
    }
    durable.forEach(CompletableFuture::join);
    for (OutboxKey key : keys) {
      OutboxMessage message = outbox.message(key).orElseThrow();
      if (signed) {
        seal(message);
      }
      outbox.sent(key);
      outbox.end(key, new OutboxState.Acked(Instant.now()));
    }
    outbox.flush().join();
  }

  private static void seal(OutboxMessage message) {
    EnvelopeCodec.seal(Envelope.of(message.key().id(), MessageType.MESSAGE_SEND, SELF.address(),
        List.of(Address.parse(message.key().recipient())), 1, message.createdAt().toString())
        .withBody(message.body().orElseThrow()), SELF.identity());
  }

  private static OutboxMessage message(int number) {
    String recipient = "toq://localhost/peer" + number % PEERS;
    Instant now = Instant.now();
    return new OutboxMessage(new OutboxKey(new UUID(number * 0x9e3779b97f4a7c15L, number), recipient), "message.send",
        List.of(recipient), Optional.of("thread"), Optional.empty(), Optional.empty(), Optional.empty(),
        OptionalLong.empty(), Optional.of(BODY), now, now.plus(LIFE));
  }

  @Override
  public void close() throws IOException {
    outbox.close();
  }
}
