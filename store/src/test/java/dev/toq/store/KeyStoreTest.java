package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyStoreTest {
  @TempDir Path folder;

  private final SecureRandom random = new SecureRandom();
  private DataDirectory directory = new DataDirectory(Path.of("/"), Path.of("/"), DataDirectory.Origin.HOME);

  @BeforeEach
  void choose() throws IOException {
    directory = DataDirectory.resolve(Map.of(), folder, Optional.of(Path.of("agent")));
  }

  @Test
  @DisplayName("R-13.2-01, R-15.2-02, R-25.2-04, R-25.2-05, R-25.2-06: new keys are three files of mode 600 in "
      + "folders of mode 700")
  void create() throws IOException {
    KeyStore.Keys keys = KeyStore.create(directory, random);

    for (Path file : List.of(directory.identityKey(), directory.tlsCertificate(), directory.tlsKey())) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), file.toString());
    }
    for (Path made : List.of(directory.root(), directory.keys(), directory.logs())) {
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)), made.toString());
    }
    assertArrayEquals(keys.identity().seed(), Base64.getDecoder().decode(Files.readString(directory.identityKey())));
    assertEquals(44, Files.size(directory.identityKey()), "no line end");
    try (var list = Files.list(directory.keys())) {
      assertEquals(3, list.count(), "no temporary file stays behind");
    }
  }

  @Test
  @DisplayName("Loading gives the same identity and certificate again, also with a line end after the seed")
  void load() throws IOException {
    KeyStore.Keys made = KeyStore.create(directory, random);
    Files.writeString(directory.identityKey(), Files.readString(directory.identityKey()) + "\n");

    KeyStore.Keys loaded = KeyStore.load(directory);

    assertEquals(made.identity().publicKey(), loaded.identity().publicKey());
    assertEquals(made.certificate(), loaded.certificate());
    assertEquals("EC", loaded.tlsKey().getAlgorithm());
  }

  @Test
  @DisplayName("R-3.5-01: two agents of one user have two directories and two identities")
  void twoAgents() throws IOException {
    DataDirectory second = DataDirectory.resolve(Map.of(), folder, Optional.of(Path.of("second")));

    KeyStore.Keys keys = KeyStore.create(directory, random);

    assertNotEquals(keys.identity().publicKey(), KeyStore.create(second, random).identity().publicKey());
    assertEquals(keys.identity().publicKey(), KeyStore.load(directory).identity().publicKey());
  }

  @Test
  @DisplayName("An identity is never replaced")
  void neverReplaced() throws IOException {
    KeyStore.create(directory, random);
    String before = Files.readString(directory.identityKey());

    assertThrows(StoreException.class, () -> KeyStore.create(directory, random));

    assertEquals(before, Files.readString(directory.identityKey()));
  }

  @Test
  @DisplayName(
      "The TLS key is PKCS#8 of 138 bytes with the public key inside, and openssl agrees that it fits the certificate")
  void openssl() throws Exception {
    KeyStore.create(directory, random);
    assertEquals(138, Pem.first(Files.readString(directory.tlsKey()), List.of("PRIVATE KEY")).orElseThrow().der()
        .length);
    assumeTrue(Openssl.isThere(), "openssl is not installed");

    String fromKey = Openssl.run("pkey", "-in", directory.tlsKey().toString(), "-pubout");
    String fromCertificate = Openssl.run("x509", "-in", directory.tlsCertificate().toString(), "-pubkey", "-noout");
    String parts = Openssl.run("asn1parse", "-in", directory.tlsKey().toString(), "-strparse", "27");
    String certificate = Openssl.run("x509", "-in", directory.tlsCertificate().toString(), "-noout", "-text");

    assertEquals(fromKey, fromCertificate);
    assertTrue(parts.contains("cont [ 1 ]"), parts);
    assertTrue(certificate.contains("DNS:localhost"), certificate);
    assertTrue(certificate.contains("Not Before: Jan  1 00:00:00 1975 GMT"), certificate);
    assertTrue(certificate.contains("Not After : Jan  1 00:00:00 4096 GMT"), certificate);
    assertTrue(certificate.contains("Version: 3"), certificate);
    assertTrue(
        Openssl.run("verify", "-CAfile", directory.tlsCertificate().toString(), directory.tlsCertificate().toString())
            .contains("OK"));
  }

  @ParameterizedTest(name = "A key and certificate that openssl made are read: {0}")
  @ValueSource(strings = {"-newkey ec -pkeyopt ec_paramgen_curve:P-256", "-newkey rsa:2048", "-newkey ed25519"})
  void otherMakers(String kind) throws Exception {
    assumeTrue(Openssl.isThere(), "openssl is not installed");
    KeyStore.create(directory, random);
    Openssl.run(("req -x509 -nodes -subj /CN=x -days 9 " + kind + " -keyout " + directory.tlsKey() + " -out "
        + directory.tlsCertificate()).split(" "));
    assertTrue(new TlsFiles(KeyStore.load(directory).certificate(), KeyStore.load(directory).tlsKey()).match());
  }

  @ParameterizedTest(name = "Keys in the older forms of openssl are read: {0}")
  @ValueSource(strings = {"ec", "rsa"})
  void olderForms(String kind) throws Exception {
    assumeTrue(Openssl.isThere(), "openssl is not installed");
    KeyStore.create(directory, random);
    String key = directory.tlsKey().toString();
    String option = kind.equals("ec") ? "-newkey ec -pkeyopt ec_paramgen_curve:P-256" : "-newkey rsa:2048";
    Openssl.run(("req -x509 -nodes -subj /CN=x " + option + " -keyout " + key + " -out " + directory.tlsCertificate())
        .split(" "));
    String older = Openssl.run("pkey", "-in", key, "-traditional");
    assertTrue(older.startsWith(kind.equals("ec") ? "-----BEGIN EC PRIVATE KEY" : "-----BEGIN RSA PRIVATE KEY"), older);
    Files.writeString(directory.tlsKey(), "Bag Attributes: friendly\n" + older);

    assertEquals(kind.equals("ec") ? "EC" : "RSA", KeyStore.load(directory).tlsKey().getAlgorithm());
  }

  @Test
  @DisplayName("A key in the shorter form of the JDK, without the public key, is read too")
  void shorterForm() throws IOException {
    KeyStore.Keys keys = KeyStore.create(directory, random);
    Files.writeString(directory.tlsKey(), new Pem("PRIVATE KEY", keys.tlsKey().getEncoded()).text());
    assertEquals(keys.tlsKey(), KeyStore.load(directory).tlsKey());
  }

  @ParameterizedTest(name = "A damaged identity is refused and left alone: «{0}»")
  @ValueSource(strings = {"", "AAAA", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void damagedIdentity(String text) throws IOException {
    KeyStore.create(directory, random);
    Files.writeString(directory.identityKey(), text);

    StoreException refused = assertThrows(StoreException.class, () -> KeyStore.loadOrCreate(directory, random));

    assertTrue(String.valueOf(refused.getMessage()).contains("identity.key is damaged"), refused.getMessage());
    assertTrue(refused.hint().contains("backup"), refused.hint());
    assertEquals(text, Files.readString(directory.identityKey()));
  }

  @Test
  @DisplayName("Every half-written TLS file is refused with the file's name")
  void halfWritten() throws IOException {
    KeyStore.create(directory, random);
    for (Path file : List.of(directory.tlsCertificate(), directory.tlsKey())) {
      String whole = Files.readString(file);
      for (int length = 0; length < whole.length() - 1; length += 7) {
        Files.writeString(file, whole.substring(0, length));
        StoreException refused = assertThrows(StoreException.class, () -> KeyStore.load(directory));
        assertTrue(String.valueOf(refused.getMessage()).startsWith(file + " is damaged"), refused.getMessage());
      }
      Files.writeString(file, whole);
    }
    KeyStore.load(directory);
  }

  @Test
  @DisplayName("A block whose base64 is whole but whose bytes are damaged is refused with the file's name")
  void damagedBytes() throws IOException {
    KeyStore.create(directory, random);
    for (Path file : List.of(directory.tlsCertificate(), directory.tlsKey())) {
      String whole = Files.readString(file);
      Pem block = Pem.first(whole, List.of("CERTIFICATE", "PRIVATE KEY")).orElseThrow();
      byte[] der = block.der().clone();
      der[1] ^= 0x55;
      Files.writeString(file, new Pem(block.label(), der).text());
      StoreException refused = assertThrows(StoreException.class, () -> KeyStore.load(directory));
      assertTrue(String.valueOf(refused.getMessage()).startsWith(file + " is damaged"), refused.getMessage());
      Files.writeString(file, whole);
    }
  }

  @Test
  @DisplayName("A certificate of another key is refused")
  void mismatch() throws IOException {
    KeyStore.create(directory, random);
    Files.writeString(directory.tlsCertificate(), TlsFiles.make(random).certificatePem());

    StoreException refused = assertThrows(StoreException.class, () -> KeyStore.load(directory));

    assertTrue(String.valueOf(refused.getMessage()).contains("tls_key.pem does not belong to"), refused.getMessage());
  }

  @Test
  @DisplayName("R-14.3-01: a secret that others can read is refused with the command that helps")
  void readableByOthers() throws IOException {
    KeyStore.create(directory, random);
    Files.setPosixFilePermissions(directory.identityKey(), PosixFilePermissions.fromString("rw-r--r--"));

    StoreException refused = assertThrows(StoreException.class, () -> KeyStore.load(directory));

    assertTrue(refused.hint().contains("chmod 600 " + directory.identityKey()), refused.hint());
  }

  @Test
  @DisplayName("TLS files without an identity are what a crash during setup leaves: they are made anew")
  void crashDuringSetup() throws IOException {
    directory.create();
    Files.writeString(directory.tlsKey(), "half");

    KeyStore.Keys keys = KeyStore.loadOrCreate(directory, random);

    assertEquals(keys.identity().publicKey(), KeyStore.load(directory).identity().publicKey());
  }

  @ParameterizedTest(name = "An identity without {0} gets a new pair and stays itself; what stood alone is set aside")
  @ValueSource(strings = {"tls_cert.pem", "tls_key.pem", "tls_cert.pem tls_key.pem"})
  void missingTls(String missing) throws IOException {
    KeyStore.Keys keys = KeyStore.create(directory, random);
    String key = Files.readString(directory.tlsKey());
    for (String name : missing.split(" ")) {
      Files.delete(directory.keys().resolve(name));
    }

    KeyStore.Keys again = KeyStore.loadOrCreate(directory, random);

    assertEquals(keys.identity().publicKey(), again.identity().publicKey());
    assertNotEquals(key, Files.readString(directory.tlsKey()));
    boolean alone = !missing.contains(" ");
    assertEquals(alone ? 1 : 0, again.warnings().size());
    Path aside = directory.keys().resolve(
        (missing.equals("tls_cert.pem") ? "tls_key.pem" : "tls_cert.pem") + ".damaged-1");
    assertEquals(alone, Files.exists(aside));
    assertEquals(List.of(), KeyStore.loadOrCreate(directory, random).warnings());
  }

  @Test
  @DisplayName("R-14.4-02: a rotation replaces the seed, and the chain leads from every earlier key to the one in use")
  void rotate() throws IOException {
    KeyStore.Keys first = KeyStore.create(directory, random);
    KeyStore.Keys second = KeyStore.rotate(directory, random);
    KeyStore.Keys third = KeyStore.rotate(directory, random);
    KeyStore.Keys loaded = KeyStore.load(directory);

    assertEquals(List.of(), first.rotations().steps());
    assertEquals(third.identity().publicKey(), loaded.identity().publicKey());
    assertEquals(2, loaded.rotations().steps().size());
    assertTrue(loaded.rotations().leadsFrom(first.identity().publicKey()));
    assertTrue(loaded.rotations().leadsFrom(second.identity().publicKey()));
    assertEquals(first.certificate(), loaded.certificate());
    for (Path file : List.of(directory.identityKey(), directory.rotation())) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), file.toString());
    }
  }

  @Test
  @DisplayName("A rotation that was cut off before its new key was in force leaves the old key and its chain")
  void halfRotation() throws IOException {
    KeyStore.create(directory, random);
    KeyStore.Keys inUse = KeyStore.rotate(directory, random);
    String seed = Files.readString(directory.identityKey());
    KeyStore.rotate(directory, random);
    Files.writeString(directory.identityKey(), seed);

    assertEquals(inUse.rotations(), KeyStore.load(directory).rotations());
    KeyStore.Keys again = KeyStore.rotate(directory, random);
    assertEquals(2, again.rotations().steps().size());
    assertTrue(again.rotations().leadsFrom(inUse.identity().publicKey()));
  }

  @Test
  @DisplayName("R-14.4-02, T20: whenever the power fails during a rotation, the old identity is found or the new one, "
      + "each with its own chain, and the next rotation goes on from it")
  void rotationIsCutOff() throws IOException {
    RecordingFiles files = new RecordingFiles();
    KeyStore.loadOrCreate(files, directory, random);
    PublicKey before = KeyStore.rotate(files, directory, random).identity().publicKey();
    List<Map<Path, byte[]>> states = new ArrayList<>();
    int first = files.steps().size();
    files.failing(step -> states.addAll(files.crashStates()));
    PublicKey after = KeyStore.rotate(files, directory, random).identity().publicKey();
    int steps = files.steps().size() - first;
    List<Map<Path, byte[]>> atTheEnd = files.crashStates();
    states.addAll(atTheEnd);
    Set<PublicKey> found = new HashSet<>();
    for (int i = 0; i < states.size(); i++) {
      PublicKey left = found(states.get(i), "cut-" + i, before);
      assertTrue(left.equals(before) || left.equals(after), "a third identity");
      assertTrue(left.equals(after) || i < states.size() - atTheEnd.size(), "the rotation was lost after its end");
      found.add(left);
    }
    assertEquals(Set.of(before, after), found);
    assertTrue(steps >= 8, "steps: " + steps);
  }

  /** The identity that is found in such a state; a rotation goes on from it, as a peer that met {@code known} sees. */
  private PublicKey found(Map<Path, byte[]> state, String name, PublicKey known) throws IOException {
    DataDirectory left = DataDirectory.resolve(Map.of(), directory.root(), Optional.of(Path.of(name)));
    left.create();
    for (Map.Entry<Path, byte[]> file : state.entrySet()) {
      Path path = left.root().resolve(directory.root().toAbsolutePath().relativize(file.getKey()));
      Files.write(path, file.getValue());
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    }
    KeyStore.Keys keys = KeyStore.load(left);
    KeyStore.Keys next = KeyStore.rotate(left, random);
    assertTrue(next.rotations().leadsFrom(keys.identity().publicKey()));
    assertTrue(next.rotations().leadsFrom(known));
    return keys.identity().publicKey();
  }

  @Test
  @DisplayName("T20: a disk that fails at any step of a rotation leaves the old identity or the new one")
  void rotationFails() throws IOException {
    KeyStore.create(directory, random);
    int step = 0;
    boolean failed = true;
    while (failed) {
      RecordingFiles files = new RecordingFiles();
      int failing = step++;
      files.failing(next -> {
        if (next.number() == failing) {
          throw new IOException("the disk fails");
        }
      });
      PublicKey before = KeyStore.load(directory).identity().publicKey();
      try {
        KeyStore.rotate(files, directory, random);
        failed = false;
      } catch (IOException expected) {
        KeyStore.Keys left = KeyStore.load(directory);
        assertTrue(left.identity().publicKey().equals(before) || left.rotations().leadsFrom(before));
      }
    }
    assertTrue(step > 8, "steps: " + step);
  }

  @Test
  @DisplayName("A chain that does not lead to the key in use, or is damaged or newer, is refused by the name of its "
      + "file")
  void badChain() throws IOException {
    KeyStore.create(directory, random);
    String seed = Files.readString(directory.identityKey());
    KeyStore.rotate(directory, random);
    KeyStore.rotate(directory, random);
    String chain = Files.readString(directory.rotation());
    Files.writeString(directory.identityKey(), seed);
    assertTrue(message(() -> KeyStore.load(directory)).contains("rotation.json is damaged"));
    for (String bad : List.of("{", "[]", "{\"format\":1}", chain.replaceFirst("ed25519:", "ed25519:AA"))) {
      Files.writeString(directory.rotation(), bad);
      assertTrue(message(() -> KeyStore.load(directory)).contains("rotation.json is damaged"), bad);
    }
    Files.writeString(directory.rotation(), chain.replace("\"format\":1", "\"format\":2"));
    assertTrue(message(() -> KeyStore.load(directory)).contains("newer version"));
  }

  private static String message(org.junit.jupiter.api.function.Executable action) {
    return String.valueOf(assertThrows(StoreException.class, action).getMessage());
  }
}
