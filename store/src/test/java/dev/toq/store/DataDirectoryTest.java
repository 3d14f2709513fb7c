package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {
  @TempDir Path folder;

  private DataDirectory resolve(Map<String, String> env, String... flag) throws IOException {
    Optional<Path> named = flag.length == 0 ? Optional.empty() : Optional.of(Path.of(flag[0]));
    return DataDirectory.resolve(env, folder, named);
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  @Test
  @DisplayName("R-25.1-02: the flag wins over TOQ_CONFIG_DIR, that over .toq in the current folder, and that over HOME")
  void order() throws IOException {
    Path workspace = Files.createDirectory(folder.resolve(".toq")).toRealPath();
    Map<String, String> env = Map.of("TOQ_CONFIG_DIR", "b", "HOME", folder.resolve("home").toString());
    Map<String, String> home = Map.of("HOME", folder.resolve("home").toString());

    assertEquals(folder.resolve("a"), resolve(env, "a").root());
    assertEquals(folder.resolve("b"), resolve(env).root());
    assertEquals(workspace, resolve(home).root());
    assertEquals(workspace + " (the workspace in the current folder)", resolve(home).describe());
    Files.delete(workspace);
    assertEquals(folder.resolve("home/.toq"), resolve(home).root());
    assertEquals(folder.resolve("home/.toq"), resolve(Map.of("TOQ_CONFIG_DIR", "", "HOME", "home")).root());
    assertEquals(folder.resolve("home/.toq/agents"), resolve(env, "a").registry(), "one list for all agents of a user");
  }

  @Test
  @DisplayName(
      "R-25.1-01: without HOME the directory is .toq in the current folder; a file of that name is no workspace")
  void noHome() throws IOException {
    Files.writeString(folder.resolve(".toq"), "");
    DataDirectory found = resolve(Map.of());
    assertEquals(folder.resolve(".toq"), found.root());
    assertEquals(DataDirectory.Origin.HOME, found.origin());
    assertTrue(String.valueOf(assertThrows(StoreException.class, found::create).getMessage()).contains("in the way"));
    assertTrue(assertThrows(StoreException.class, found::check).hint().contains("--config-dir"));
  }

  @Test
  @DisplayName("In the home directory itself .toq is the home's, not a workspace")
  void homeIsCurrent() throws IOException {
    Files.createDirectory(folder.resolve(".toq"));
    assertEquals(DataDirectory.Origin.HOME, resolve(Map.of("HOME", folder.toString())).origin());
  }

  @Test
  @DisplayName("A-74: a workspace that others may write to is refused with the command that helps")
  void workspaceOfOthers() throws IOException {
    Path workspace = Files.createDirectory(folder.resolve(".toq"));
    for (String mode : new String[] {"rwxrwx---", "rwx----w-"}) {
      mode(workspace, mode);
      StoreException refused = assertThrows(StoreException.class, () -> resolve(Map.of("HOME", "home")));
      assertTrue(refused.hint().contains("chmod 700"), refused.hint());
    }
  }

  @Test
  @DisplayName("A-74: a workspace that belongs to someone else is refused, also behind a link; so is a named directory")
  void foreign() throws IOException {
    Path foreign = Files.createDirectory(folder.resolve("foreign"));
    try {
      Files.setOwner(
          foreign, foreign.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    } catch (UserPrincipalNotFoundException | java.nio.file.FileSystemException e) {
      assumeTrue(false, "only root can give a directory away: " + e.getMessage());
    }
    Files.createSymbolicLink(folder.resolve(".toq"), foreign);
    StoreException refused = assertThrows(StoreException.class, () -> resolve(Map.of("HOME", "home")));
    assertTrue(String.valueOf(refused.getMessage()).contains("belongs to another user"), refused.getMessage());
    assertThrows(StoreException.class, resolve(Map.of(), "foreign")::create);
  }

  @Test
  @DisplayName("Creating makes folders of mode 700, twice without harm, and keeps what is in them")
  void create() throws IOException {
    DataDirectory directory = resolve(Map.of(), "deep/er/agent");
    assertFalse(directory.exists());
    assertThrows(StoreException.class, directory::check);
    directory.create();
    Files.writeString(directory.config(), "");
    directory.create();
    for (Path path : new Path[] {directory.root(), directory.keys(), directory.logs()}) {
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }
    assertTrue(directory.exists());
    assertFalse(directory.isSetUp());
    Files.writeString(directory.identityKey(), "");
    assertTrue(directory.isSetUp());
    mode(directory.root(), "rwxr-xr-x");
    directory.check();
  }

  @Test
  @DisplayName("R-25.2-01: every file stands where the specification and the deployed reference put it")
  void paths() throws IOException {
    DataDirectory directory = resolve(Map.of(), "a");
    Path root = directory.root();
    assertEquals(root.resolve("config.toml"), directory.config());
    assertEquals(root.resolve("permissions.toml"), directory.permissions());
    assertEquals(root.resolve("keys/identity.key"), directory.identityKey());
    assertEquals(root.resolve("keys/tls_cert.pem"), directory.tlsCertificate());
    assertEquals(root.resolve("keys/tls_key.pem"), directory.tlsKey());
    assertEquals(root.resolve("peers.json"), directory.peers());
    assertEquals(root.resolve("messages.jsonl"), directory.messages());
    assertEquals(root.resolve("outbox.jsonl"), directory.outbox());
    assertEquals(root.resolve("state.json"), directory.state());
    assertEquals(root.resolve("toq.pid"), directory.pid());
    assertEquals(root.resolve("logs/toq.log"), directory.daemonLog());
  }
}
