package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.Config.ConnectionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedConfigTest {
  @TempDir Path folder;

  private final ManualClock clock = new ManualClock();
  private Path file = Path.of("/");

  @BeforeEach
  void name() {
    file = folder.resolve("config.toml");
  }

  private void byHand(String text) throws IOException {
    Files.writeString(file, text);
    clock.pass(Duration.ofMillis(250));
  }

  @Test
  @DisplayName("R-16.7-01: a connection mode that is edited counts at the next look, 250 ms later")
  void edited() throws IOException {
    byHand("connection_mode = \"allowlist\"\n");
    WatchedConfig watched = WatchedConfig.open(file, Config.standard(), clock);
    assertEquals(ConnectionMode.ALLOWLIST, watched.config().connectionMode());
    byHand("connection_mode = \"open\" # for today\n");
    assertEquals(ConnectionMode.OPEN, watched.config().connectionMode());
    assertEquals(Optional.empty(), watched.warning());
  }

  @Test
  @DisplayName("A file that cannot be read, or is gone, leaves the last good mode in force and a warning")
  void damaged() throws IOException {
    byHand("connection_mode = \"allowlist\"\n");
    WatchedConfig watched = WatchedConfig.open(file, Config.standard(), clock);
    for (String damage : new String[] {"connection_mode = \"opne\"\n", "connection_mode =", "port = 70000\n"}) {
      byHand(damage);
      assertEquals(ConnectionMode.ALLOWLIST, watched.config().connectionMode(), damage);
      assertTrue(watched.warning().orElse("").startsWith("config.toml is not used"), watched.warning().toString());
    }
    Files.delete(file);
    clock.pass(Duration.ofMillis(250));
    assertEquals(ConnectionMode.ALLOWLIST, watched.config().connectionMode());
    assertTrue(watched.warning().orElse("").contains("is gone"), watched.warning().toString());
    byHand("connection_mode = \"approval\"\n");
    assertEquals(ConnectionMode.APPROVAL, watched.config().connectionMode());
    assertEquals(Optional.empty(), watched.warning());
  }

  @Test
  @DisplayName("Without a file the given configuration counts; one that is damaged at the start is refused")
  void start() throws IOException {
    Config given = Config.standard().with(ConfigKey.CONNECTION_MODE, "open");
    assertEquals(ConnectionMode.OPEN, WatchedConfig.open(file, given, clock).config().connectionMode());
    Files.writeString(file, "connection_mode = 5\n");
    assertThrows(ConfigException.class, () -> WatchedConfig.open(file, given, clock));
  }
}
