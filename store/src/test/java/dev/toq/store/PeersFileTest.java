package dev.toq.store;

import static dev.toq.store.Keys.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PeersFileTest extends PeersContract {
  @TempDir Path folder;

  private DataDirectory directory = new DataDirectory(Path.of("/"), Path.of("/"), DataDirectory.Origin.HOME);

  @BeforeEach
  void create() throws IOException {
    directory = DataDirectory.resolve(Map.of(), folder, Optional.of(Path.of("agent")));
    directory.create();
  }

  @Override
  PeersFile open(int most) throws IOException {
    return open(most, Set.of());
  }

  @Override
  PeersFile open(int most, Set<PublicKey> approved) throws IOException {
    return PeersFile.open(directory, RealFiles.INSTANCE, most, () -> approved);
  }

  @Test
  @DisplayName("R-25.2-07: the file has mode 600 and the deployed reference's shape")
  void shape() throws Exception {
    try (PeersFile peers = open(10)) {
      peers.touch(key(1), "toq://host/\u001b\"x", NOON);
      peers.touch(key(2), HERE, NOON);
    }
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.peers())));
    JsonObject root = (JsonObject) StrictJson.parse(Files.readAllBytes(directory.peers()));
    JsonObject entries = (JsonObject) root.get("peers").orElseThrow();
    assertEquals(2, entries.members().size());
    JsonObject entry = (JsonObject) entries.get(key(1).toString()).orElseThrow();
    assertEquals(List.of("address", "first_seen", "last_seen"), List.copyOf(entry.members().keySet()));
    assertEquals(Optional.of("toq://host/\u001b\"x"), entry.text("address"));
  }

  @Test
  @DisplayName("R-8.9-01: a peer that was met is in the file without anyone closing it")
  void writtenByItself() throws Exception {
    try (WatchService watch = directory.root().getFileSystem().newWatchService();
        PeersFile peers = open(10)) {
      directory.root().register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      peers.touch(key(1), HERE, NOON);
      while (!Files.exists(directory.peers())) {
        var event = watch.poll(20, TimeUnit.SECONDS);
        assertTrue(event != null && event.reset(), "no write within 20 s");
      }
      assertTrue(Files.readString(directory.peers()).contains(key(1).toString()));
    }
  }

  @ParameterizedTest(name = "A damaged file is set aside with a warning: «{0}»")
  @ValueSource(strings = {"", "{", "[]", "{\"peers\":[]}", "{\"peers\":{\"x\":{}}}"})
  void damaged(String text) throws IOException {
    Files.writeString(directory.peers(), text);
    try (PeersFile peers = open(10)) {
      assertEquals(List.of(), peers.all());
      assertTrue(peers.warnings().getLast().contains("is kept as peers.json.damaged-1"), peers.warnings().toString());
      peers.touch(key(1), HERE, NOON);
    }
    assertEquals(text, Files.readString(directory.root().resolve("peers.json.damaged-1")));
    try (PeersFile peers = open(10)) {
      assertEquals(List.of(), peers.warnings());
      assertEquals(1, peers.all().size());
    }
  }

  @Test
  @DisplayName("Of a file with one unreadable entry the others are kept; a file without peers is an empty one")
  void partly() throws IOException {
    String good = "\"" + key(1) + "\": {\"address\": \"\", \"first_seen\": \"2026-11-24T13:00:00+01:00\","
        + " \"last_seen\": \"2026-11-24T12:00:00.5Z\"}";
    Files.writeString(directory.peers(), "{\"peers\": {" + good + ", \"ed25519:x\": {}}}");
    try (PeersFile peers = open(10)) {
      assertEquals(List.of(new Peers.Peer(key(1), "", NOON, NOON.plusMillis(500))), peers.all());
      assertEquals(2, peers.warnings().size());
    }
    Files.writeString(directory.peers(), "{}");
    try (PeersFile peers = open(10)) {
      assertEquals(List.of(), peers.warnings());
    }
  }

  @Test
  @DisplayName("A disk that refuses a write is told on closing, and nothing known is lost before")
  void diskFails() throws IOException {
    FailingFiles files = new FailingFiles();
    PeersFile peers = PeersFile.open(directory, files, 10, Set::of);
    files.failing = true;
    peers.touch(key(1), HERE, NOON);
    assertThrows(StoreException.class, peers::close);
    assertEquals(1, peers.all().size());
    assertFalse(peers.warnings().isEmpty());
    files.failing = false;
    peers.close();
    assertTrue(Files.readString(directory.peers()).contains(key(1).toString()));
  }

  @Test
  @DisplayName("A-43: a retired key of a file that does not list them is known from the record of its successor")
  void beforeTheyWereListed() throws IOException {
    String seen = "\"first_seen\": \"2026-11-24T12:00:00Z\", \"last_seen\": \"2026-11-24T12:00:00Z\"";
    Files.writeString(directory.peers(), "{\"peers\": {\"" + key(2) + "\": {\"address\": \"\", " + seen
        + ", \"replaced\": \"" + key(1) + "\"}}}");
    try (PeersFile peers = open(10)) {
      assertEquals(List.of(), peers.warnings());
      assertEquals(Optional.of(key(2)), peers.successor(key(1)));
    }
  }

  @Test
  @DisplayName("A file of a newer version is refused and stays as it is; a pin that cannot be read is told")
  void formats() throws IOException {
    String newer = "{\"format\": 2, \"peers\": {}}";
    Files.writeString(directory.peers(), newer);
    assertTrue(
        String.valueOf(assertThrows(StoreException.class, () -> open(10)).getMessage()).contains("newer version"));
    assertEquals(newer, Files.readString(directory.peers()));
    Files.writeString(directory.peers(), "{\"format\": 1, \"peers\": {}, \"pins\": {\"" + HERE
        + "\": {\"key\":\"" + key(1) + "\",\"strength\":\"iron\",\"confirmed\":\"2026-11-24T12:00:00Z\"}}}");
    try (PeersFile peers = open(10)) {
      assertEquals(List.of(), peers.pins());
      assertEquals(2, peers.warnings().size());
    }
  }

  @Test
  @DisplayName("R-8.9-01: what was saved is found after a power failure, at whatever step it comes")
  void saved() throws IOException {
    RecordingFiles files = new RecordingFiles();
    try (PeersFile peers = PeersFile.open(directory, files, 10, Set::of)) {
      peers.touch(key(1), HERE, NOON);
      peers.save();
      peers.replaced(key(1), key(2));
      peers.save();
      for (Map<Path, byte[]> state : files.crashStates()) {
        byte[] left = state.entrySet().stream().filter(file -> file.getKey().endsWith("peers.json"))
            .map(Map.Entry::getValue).findFirst().orElseThrow();
        assertTrue(new String(left, StandardCharsets.UTF_8).contains("\"" + key(1) + "\": \"" + key(2)));
      }
    }
  }

  @Test
  @DisplayName("A disk that refuses is told to who waits for it; what was noted is written when it takes it")
  void saveFails() throws IOException {
    FailingFiles files = new FailingFiles();
    try (PeersFile peers = PeersFile.open(directory, files, 10, Set::of)) {
      files.failing = true;
      peers.replaced(key(1), key(2));
      assertThrows(StoreException.class, peers::save);
      files.failing = false;
      peers.save();
      assertTrue(Files.readString(directory.peers()).contains(key(1).toString()));
    }
  }
}
