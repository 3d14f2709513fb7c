package dev.toq.store;

import static dev.toq.store.Keys.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PermissionsFileTest extends PermissionsContract {
  private static final Duration LOOK = Duration.ofMillis(250);

  @TempDir Path folder;

  private final ManualClock clock = new ManualClock();
  private Path file = Path.of("/");
  private DataDirectory directory = new DataDirectory(file, file, DataDirectory.Origin.HOME);

  @BeforeEach
  void create() throws IOException {
    directory = DataDirectory.resolve(Map.of(), folder, Optional.of(Path.of("agent")));
    directory.create();
    file = directory.permissions();
  }

  @Override
  PermissionsFile open() throws IOException {
    return PermissionsFile.open(directory, clock);
  }

  private void byHand(String text) throws IOException {
    Files.writeString(file, text);
    clock.pass(LOOK);
  }

  @Test
  @DisplayName("R-25.2-02: the files have mode 600 and the deployed reference's shape")
  void shape() throws IOException {
    PermissionsFile permissions = open();
    permissions.approve(LAB);
    permissions.deny(key(1));

    for (Path path : List.of(file, directory.security())) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }
    List<String> lines = Files.readString(file).lines().filter(line -> !line.startsWith("#") && !line.isEmpty())
        .toList();
    assertEquals(
        List.of("blocked = []", "pending = []", "[[approved]]", "type = \"address\"",
            "value = \"toq://lab.example/*\""),
        lines);
    assertEquals(
        "{\"format\":1,\"denied\":[{\"key\":\"" + key(1) + "\",\"at\":\"2026-11-24T12:00:00Z\"}]}",
        Files.readString(directory.security()));
  }

  @Test
  @DisplayName("R-25.2-02, R-16.3-01: an edit by hand is in force at the next look, 250 ms later")
  void editedByHand() throws IOException {
    PermissionsFile permissions = open();
    permissions.approve(rule(1));
    assertEquals(List.of(), permissions.blocked());
    Files.writeString(file, "[[blocked]]\ntype = \"key\"\nvalue = \"" + key(2) + "\"\n");
    assertEquals(List.of(), permissions.blocked(), "a second look at the same moment is not paid for");
    clock.pass(LOOK);
    assertEquals(List.of(rule(2)), permissions.blocked());
    assertEquals(List.of(), permissions.approved());
    assertEquals(List.of(), permissions.warnings());
  }

  @Test
  @DisplayName("A change is made to what the file holds at that moment: an edit by hand just before it is not lost")
  void merged() throws IOException {
    PermissionsFile permissions = open();
    permissions.approve(rule(1));
    Files.writeString(file, Files.readString(file) + "\n[[approved]]\ntype = 'address'\nvalue = '*'\n");
    permissions.approve(rule(2));
    assertEquals(List.of(rule(1), new Rule.ByAddress("*"), rule(2)), permissions.approved());
  }

  @ParameterizedTest(name = "A-87: a damaged file is refused at the start: «{0}»")
  @ValueSource(strings = {
    "", " \n", "[[blocked]", "blocked = 5", "blocked = [1]", "[[bloked]]\ntype = 'key'\n",
        "blocked = []\n[[blocked]]\n",
    "[[blocked]]\ntype = \"key\"\nvalue = \n", "[blocked]\ntype = 'key'\n"
  })
  void damagedAtStart(String text) throws IOException {
    Files.writeString(file, text);
    ConfigException refused = assertThrows(ConfigException.class, this::open);
    assertTrue(refused.problems().getFirst().startsWith("permissions.toml:"), refused.getMessage());
    assertEquals(text, Files.readString(file), "nothing is overwritten");
  }

  @Test
  @DisplayName("A misspelled list is refused with the name that was meant")
  void misspelled() throws IOException {
    Files.writeString(file, "approved = []\n[[bloked]]\ntype = 'address'\nvalue = '*'\n");
    ConfigException refused = assertThrows(ConfigException.class, this::open);
    assertEquals(
        List.of("permissions.toml:2:1: the file holds approved, blocked and pending, not \"bloked\";"
            + " did you mean \"blocked\"?"),
        refused.problems());
  }

  @Test
  @DisplayName(
      "A-87: damage while running leaves the last good rules in force, warns, and refuses changes until it is mended")
  void damagedWhileRunning() throws IOException {
    PermissionsFile permissions = open();
    permissions.block(rule(1));
    for (String damage : List.of("[[blocked", "", "blocked = 7")) {
      byHand(damage);
      assertEquals(List.of(rule(1)), permissions.blocked(), damage);
      assertEquals(1, permissions.warnings().size(), damage);
      assertThrows(StoreException.class, () -> permissions.approve(rule(2)));
      assertEquals(damage, Files.readString(file));
    }
    byHand("[[blocked]]\ntype = 'address'\nvalue = 'toq://*/x'\n");
    assertEquals(List.of(new Rule.ByAddress("toq://*/x")), permissions.blocked());
    assertEquals(List.of(), permissions.warnings());
  }

  @Test
  @DisplayName(
      "A-87: a file that vanishes while running leaves its rules in force, and the next change writes them again")
  void vanished() throws IOException {
    PermissionsFile permissions = open();
    permissions.block(rule(1));
    Files.delete(file);
    clock.pass(LOOK);
    assertEquals(List.of(rule(1)), permissions.blocked());
    assertTrue(permissions.warnings().getFirst().contains("is gone"), permissions.warnings().toString());
    permissions.block(rule(2));
    assertEquals(List.of(rule(1), rule(2)), open().blocked());
    assertEquals(List.of(), permissions.warnings());
  }

  @Test
  @DisplayName("An editor that is just writing may have written half: a file that is younger than 250 ms is left alone")
  void halfWritten() throws IOException {
    PermissionsFile permissions = open();
    permissions.block(rule(1));
    clock.pass(LOOK);
    Files.writeString(file, "approved = []\n");
    Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
    assertEquals(List.of(rule(1)), permissions.blocked());
    clock.pass(LOOK);
    assertEquals(List.of(), permissions.blocked());
  }

  @ParameterizedTest(name = "A-87: a rule that means nothing is refused by line, nothing is trusted or lost: {0}, {1}")
  @CsvSource(delimiter = '|', value = {
    "network | 192.0.2.0/24        | its type is key or address, not \"network\"",
    "key     | ed25519:short       | a public key is ed25519: and 44 characters of base64",
    "key     | SHA256:abc          | a public key begins with ed25519:",
    "address | toq://lab.example/X | an agent name has only a-z",
    "address | toq://*.example/*   | this is no host name"
  })
  void meaningless(String type, String value, String why) throws IOException {
    for (String list : List.of("approved", "blocked")) {
      Files.deleteIfExists(file);
      PermissionsFile running = open();
      running.block(rule(1));
      String text = "\n[[" + list + "]]\ntype = '" + type + "'\nvalue = '" + value + "'\n";
      byHand(text);
      ConfigException refused = assertThrows(ConfigException.class, this::open);
      assertTrue(refused.problems().getFirst().startsWith(
          "permissions.toml:2:1: this entry of " + list + " is no rule: " + why), refused.problems().toString());
      assertEquals(List.of(rule(1)), running.blocked(), "the last good rules stay in force");
      assertTrue(running.warnings().getFirst().contains("this entry of " + list), running.warnings().toString());
      assertThrows(StoreException.class, () -> running.approve(rule(2)));
      assertEquals(text, Files.readString(file));
    }
  }

  @Test
  @DisplayName("A-87: a rule without a type or a value is refused")
  void halfARule() throws IOException {
    Files.writeString(file, "[[blocked]]\ntype = 'key'\n[[blocked]]\nvalue = '*'\n");
    assertEquals(2, assertThrows(ConfigException.class, this::open).problems().size());
  }

  @Test
  @DisplayName("A request that names no key is kept with all its members, and warned about")
  void unknownKept() throws IOException {
    byHand("""
        [[blocked]]
        type = "address"
        value = "toq://a.example/*"
        note = 'C:\\lab'
        since = 3
        loud = true
        [[pending]]
        key = "nobody"
        """);
    PermissionsFile permissions = open();
    assertEquals(1, permissions.warnings().size());
    assertTrue(permissions.warnings().getFirst().startsWith("permissions.toml:7: this entry of pending"));
    permissions.block(rule(1));
    String text = Files.readString(file);
    for (String kept : List.of("note = 'C:\\lab'\nsince = 3\nloud = true\n", "key = \"nobody\"")) {
      assertTrue(text.contains(kept), text);
    }
    assertEquals(List.of(new Rule.ByAddress("toq://a.example/*"), rule(1)), open().blocked());
  }

  @Test
  @DisplayName("A rule that covers everybody is warned about as long as it stands")
  void everybody() throws IOException {
    PermissionsFile permissions = open();
    permissions.block(new Rule.ByAddress("toq://*/*"));
    permissions.approve(new Rule.ByAddress("*"));
    assertEquals(List.of("the approval of * covers every address there is",
        "the block of toq://*/* covers every address: nobody gets in"), permissions.warnings());
    permissions.unblock(new Rule.ByAddress("toq://*/*"));
    permissions.revoke(new Rule.ByAddress("*"));
    assertEquals(List.of(), permissions.warnings());
  }

  @Test
  @DisplayName("A file of the deployed reference is read, also with its spelling of times")
  void reference() throws IOException {
    byHand("""
        # toq permission rules
        approved = []

        [[blocked]]
        type = "address"
        value = "toq://x/*"

        [[pending]]
        key = "%s"
        address = "toq://192.0.2.7/a"
        requested_at = "2026-11-24T12:00:00.123456789+00:00"
        """.formatted(key(1)));
    assertEquals(
        List.of(new Pending(key(1), "toq://192.0.2.7/a", NOON.plusNanos(123_456_789))), open().pending());
    assertEquals(List.of(new Rule.ByAddress("toq://x/*")), open().blocked());
  }

  @Test
  @DisplayName("A stranger who knocks again within a minute costs no write")
  void knocking() throws IOException {
    PermissionsFile permissions = open();
    permissions.request(request(1), 5);
    Object before = Files.getAttribute(file, "unix:ino");
    assertTrue(permissions.request(new Pending(key(1), request(1).address(), NOON.plusSeconds(59)), 5));
    assertEquals(before, Files.getAttribute(file, "unix:ino"));
    Pending later = new Pending(key(1), request(1).address(), NOON.plusSeconds(60));
    assertTrue(permissions.request(later, 5));
    assertEquals(List.of(later), permissions.pending());
  }

  @Test
  @DisplayName(
      "A crash between the two files leaves a denial stronger than a request, and an approval stronger than a denial")
  void betweenFiles() throws IOException {
    PermissionsFile permissions = open();
    permissions.request(request(1), 5);
    String before = Files.readString(file);
    permissions.deny(key(1));
    Files.writeString(file, before);
    assertEquals(List.of(), open().pending());
    assertEquals(List.of(key(1)), open().denied());
    String denials = Files.readString(directory.security());
    open().approve(rule(1));
    Files.writeString(directory.security(), denials);
    assertEquals(List.of(), open().denied());
    assertEquals(List.of(rule(1)), open().approved());
  }

  @Test
  @DisplayName("A file of a newer format is refused with a sentence, a damaged one as well")
  void securityFormat() throws IOException {
    Files.writeString(directory.security(), "{\"format\":2,\"denied\":[]}");
    assertTrue(String.valueOf(assertThrows(StoreException.class, this::open).getMessage()).contains("newer version"));
    for (String damage : List.of("{\"format\":1}", "{", "[]", "{\"format\":1,\"denied\":[{\"key\":\"x\"}]}", "")) {
      Files.writeString(directory.security(), damage);
      assertTrue(String.valueOf(assertThrows(StoreException.class, this::open).getMessage()).contains("damaged"),
          damage);
    }
  }

  @Test
  @DisplayName("At most 10,000 denied keys are remembered, the newest ones")
  void boundedDenials() {
    Map<PublicKey, String> full = new LinkedHashMap<>();
    for (int i = 0; i < Denials.MOST; i++) {
      full.put(key(i), "");
    }
    Denials denials = new Denials(full).with(key(Denials.MOST), "");
    assertEquals(Denials.MOST, denials.keys().size());
    assertFalse(denials.all().contains(key(0)));
    assertTrue(denials.all().contains(key(Denials.MOST)));
  }

  @Test
  @DisplayName("What no spelling can hold is refused, and nothing changes")
  void unspeakable() throws IOException {
    PermissionsFile permissions = open();
    permissions.block(rule(1));
    String before = Files.readString(file);
    Pending unspeakable = new Pending(key(2), "toq://a\\b\u0007/x", clock.instant());
    assertThrows(StoreException.class, () -> permissions.request(unspeakable, 10));
    assertThrows(IllegalArgumentException.class, () -> new Rule.ByAddress("toq://a\\b\u0007/*"));
    assertEquals(before, Files.readString(file));
    assertEquals(List.of(rule(1)), permissions.blocked());
  }

  @Test
  @DisplayName("A disk that refuses a write leaves the rules in memory as they are on disk")
  void diskFails() throws IOException {
    FailingFiles files = new FailingFiles();
    PermissionsFile permissions = PermissionsFile.open(directory, files, clock);
    permissions.block(rule(1));
    files.failing = true;
    assertThrows(StoreException.class, () -> permissions.block(rule(2)));
    assertThrows(StoreException.class, () -> permissions.deny(key(3)));
    assertEquals(List.of(rule(1)), permissions.blocked());
    assertEquals(List.of(), permissions.denied());
    files.failing = false;
    assertEquals(List.of(rule(1)), open().blocked());
  }

  @Test
  @DisplayName("Two thousand rules are written and read back")
  void many() throws IOException {
    List<PermissionRules.Entry<Rule>> rules = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      rules.add(PermissionRules.entry(rule(i)));
    }
    Files.write(file, new PermissionRules(List.of(), rules, List.of(), List.of()).bytes());
    assertEquals(2000, open().blocked().size());
  }
}
