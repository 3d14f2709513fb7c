package dev.toq.app.bench;

import dev.toq.protocol.identity.PublicKey;
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
 * An inbox as a connection uses it: asked whether it knows the id, then given the message. Kind 0 of cost is a new
 * message, kind 1 one that the duplicate window knows.
 */
final class GrownInbox implements GrowthStore.Grown {
  private static final int PEERS = 100;
  private static final int HISTORY = 1_000;
  private static final JsonObject BODY = JsonObject.builder().put("text", "x".repeat(60)).build();

  private final InboxFile inbox;
  private final List<PublicKey> peers = new ArrayList<>();
  private final Random random = new Random(1);

  private GrownInbox(InboxFile inbox) {
    this.inbox = inbox;
    Random keys = new Random(2);
    for (int peer = 0; peer < PEERS; peer++) {
      byte[] key = new byte[32];
      keys.nextBytes(key);
      peers.add(PublicKey.ofBytes(key));
    }
  }

  static GrowthStore.Grown open(Path directory) throws IOException {
    return new GrownInbox(InboxFile.open(RealFiles.INSTANCE, directory.resolve("messages.jsonl"),
        InstantSource.system(), new SecureRandom(), InboxFile.Settings.withHistory(HISTORY), Set::of));
  }

  @Override
  public int kinds() {
    return 2;
  }

  @Override
  public void add(int first, int count) {
    List<CompletableFuture<Void>> durable = new ArrayList<>();
    for (int number = first; number < first + count; number++) {
      durable.add(accept(number, false).durable());
    }
    durable.forEach(CompletableFuture::join);
  }

  @Override
  public void block(int kind, int stored, int count) {
    if (kind == 0) {
      add(stored, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      accept(random.nextInt(stored), true).durable().join();
    }
  }

  private Inbox.Acceptance accept(int number, boolean isKnown) {
    PublicKey peer = peers.get(number % PEERS);
    String id = new UUID(number * 0x9e3779b97f4a7c15L, number).toString();
    StoredMessage message = new StoredMessage(id, "message.send", "toq://localhost/peer" + number % PEERS, peer,
        Optional.of(BODY), Optional.empty(), Optional.empty(), Optional.empty(), Instant.now());
    boolean knows = inbox.knows(peer, id);
    Inbox.Acceptance acceptance = inbox.accept(message);
    if (knows != isKnown || acceptance.duplicate() != isKnown) {
      throw new IllegalStateException("message " + number + " is known: " + knows);
    }
    return acceptance;
  }

  @Override
  public void close() throws IOException {
    inbox.close();
  }
}
