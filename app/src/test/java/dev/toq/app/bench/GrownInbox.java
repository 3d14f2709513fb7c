package dev.toq.app.bench;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.EnvelopeCodec;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Inbox;
import dev.toq.store.InboxFile;
import dev.toq.store.RealFiles;
import dev.toq.store.StoredMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * An inbox as connections use it. Kind 0 of cost is a new message, kind 1 one that the duplicate window knows: both
 * from the bytes of their frame, by the whole check with its signature, to the answer of the inbox.
 */
final class GrownInbox implements GrowthStore.Grown {
  private static final int PEERS = 100;
  private static final int HISTORY = 1_000;
  private static final JsonObject BODY = JsonObject.builder().put("text", "x".repeat(60)).build();
  private static final Address US = Address.parse("toq://localhost/grown");
  private static final List<Self> SELVES = new ArrayList<>(); // of all inboxes of the process

  private final InboxFile inbox;
  private final List<EnvelopeCheck> checks = new ArrayList<>();
  private final Random random = new Random(1);
  private long sequence;

  private GrownInbox(InboxFile inbox) {
    this.inbox = inbox;
    while (SELVES.size() < PEERS) {
      SELVES.add(WirePeer.newSelf("peer" + SELVES.size()));
    }
    Terms terms = new Terms(Spec.MAX_MESSAGE_BYTES, Optional.empty(), false, false, false, 0, List.of());
    SELVES.forEach(self -> checks.add(new EnvelopeCheck(self.identity().publicKey(), self.address(), US::names, terms,
        id -> inbox.knows(self.identity().publicKey(), id))));
  }

  static GrowthStore.Grown open(Path directory) throws IOException {
    return new GrownInbox(InboxFile.open(RealFiles.INSTANCE, directory.resolve("messages.jsonl"),
        InstantSource.system(), new SecureRandom(), InboxFile.Settings.withHistory(HISTORY), Set::of));
  }

  @Override
  public int kinds() {
    return 2;
  }

  /** Straight to the inbox. */
  @Override
  public void add(int first, int count) {
    List<CompletableFuture<Void>> durable = new ArrayList<>();
    for (int number = first; number < first + count; number++) {
      durable.add(accept(number, envelope(number), false));
    }
    durable.forEach(CompletableFuture::join);
  }

  @Override
  public GrowthStore.Block block(int kind, int stored, int count) {
    List<Integer> numbers = new ArrayList<>();
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = kind == 0 ? stored + i : random.nextInt(stored);
      numbers.add(number);
      frames.add(EnvelopeCodec.seal(envelope(number), SELVES.get(number % PEERS).identity()));
    }
    return () -> {
      List<CompletableFuture<Void>> durable = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        durable.add(receive(numbers.get(i), frames.get(i), kind == 1));
      }
      durable.forEach(CompletableFuture::join);
    };
  }

  private Envelope envelope(int number) {
    UUID id = new UUID(number * 0x9e3779b97f4a7c15L & ~0xf000L | 0x4000L, 0x8000000000000000L | number);
    return Envelope.of(id, MessageType.MESSAGE_SEND, SELVES.get(number % PEERS).address(), List.of(US), ++sequence,
        "2026-01-01T00:00:00.000Z").withBody(BODY);
  }

  private CompletableFuture<Void> receive(int number, byte[] frame, boolean isKnown) {
    return switch (checks.get(number % PEERS).check(frame, Instant.now())) {
      case Verdict.Accepted(Envelope fresh) when !isKnown -> accept(number, fresh, false);
      case Verdict.Duplicate(Envelope known) when isKnown -> accept(number, known, true);
      case Verdict other -> throw new IllegalStateException("message " + number + ": " + other);
    };
  }

  private CompletableFuture<Void> accept(int number, Envelope envelope, boolean isKnown) {
    Inbox.Acceptance acceptance = inbox.accept(new StoredMessage(envelope.id().toString(), envelope.type().wire(),
        envelope.from().toString(), SELVES.get(number % PEERS).identity().publicKey(),
        envelope.body().map(JsonText::of), Optional.empty(), Optional.empty(), Optional.empty(), Instant.now()));
    if (acceptance.duplicate() != isKnown) {
      throw new IllegalStateException("message " + number + " is taken for known: " + acceptance.duplicate());
    }
    return acceptance.durable();
  }

  @Override
  public void close() throws IOException {
    inbox.close();
  }
}
