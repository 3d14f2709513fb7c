package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A directory without an identity: new, or one that lost it. */
final class MissingIdentityTest {
  @TempDir Path folder;

  private final SecureRandom random = new SecureRandom();
  private DataDirectory directory = new DataDirectory(Path.of("/"), Path.of("/"), DataDirectory.Origin.HOME);

  @BeforeEach
  void choose() throws IOException {
    directory = DataDirectory.resolve(Map.of(), folder, Optional.of(Path.of("agent")));
  }

  @ParameterizedTest(name = "An identity that is missing beside {0} is not replaced unasked, and its chain is kept")
  @ValueSource(strings = {"keys/rotation.json", "peers.json", "messages.jsonl", "outbox.jsonl", "challenges.log",
      "security.json", "state.json"})
  void lostIdentity(String trace) throws IOException {
    KeyStore.create(directory, random);
    Files.delete(directory.identityKey());
    Path left = Files.writeString(directory.root().resolve(trace), "left");

    StoreException refused = assertThrows(StoreException.class, () -> KeyStore.loadOrCreate(directory, random));

    assertTrue(String.valueOf(refused.getMessage()).contains("identity.key is missing"), refused.getMessage());
    assertTrue(refused.hint().contains("backup") && refused.hint().contains("'toq setup'"), refused.hint());
    assertEquals("left", Files.readString(left));
    KeyStore.Keys anew = KeyStore.loadOrBeginAnew(directory, random);
    assertEquals(anew.identity().publicKey(), KeyStore.loadOrCreate(directory, random).identity().publicKey());
    boolean chain = left.equals(directory.rotation());
    assertEquals("left", Files.readString(chain ? left.resolveSibling("rotation.json.former-1") : left));
    assertEquals(chain ? 1 : 0, anew.warnings().size());
  }

  @Test
  @DisplayName("The configuration and the rules of an owner who brings them are no sign of an identity that was lost")
  void neverUsed() throws IOException {
    directory.create();
    Files.writeString(directory.config(), "");
    Files.writeString(directory.permissions(), "");
    KeyStore.loadOrCreate(directory, random);
  }

  @Test
  @DisplayName("Of two who look for keys at once in a new directory, the second gets the identity that the first makes")
  void twoAtOnce() throws Exception {
    FutureTask<KeyStore.Keys> second = new FutureTask<>(() -> KeyStore.loadOrCreate(directory, random));
    Thread thread = new Thread(second);
    RecordingFiles files = new RecordingFiles();
    files.failing(step -> {
      if (step.number() == 0) {
        thread.start();
        while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
          Thread.onSpinWait();
        }
      }
    });

    KeyStore.Keys first = KeyStore.loadOrCreate(files, directory, random);

    assertEquals(first.identity().publicKey(), second.get(60, TimeUnit.SECONDS).identity().publicKey());
    assertEquals(first.identity().publicKey(), KeyStore.load(directory).identity().publicKey());
  }
}
