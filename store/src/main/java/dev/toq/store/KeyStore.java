package dev.toq.store;

import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.RotationChain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * The files below {@code keys/}: who this agent is and was, and its TLS certificate (specification 14.3).
 *
 * <p>Promise: an identity is never replaced but by {@link #rotate}, and never half there. Each file is 0600, the folder
 * 0700.
 *
 * <p>Limit: 64 KiB a file.
 *
 * <p>Format: the same as the deployed reference's, so that a folder can move either way.
 *
 * <pre>
 * identity.key    base64 of the 32-byte Ed25519 seed, no line end:  AAEC…Hh8=
 * rotation.json   RotationFile: after the first rotation
 * tls_cert.pem    -----BEGIN CERTIFICATE-----   self-signed, P-256, SAN localhost, until 4096
 * tls_key.pem     -----BEGIN PRIVATE KEY-----   PKCS#8 with the public key inside
 * </pre>
 *
 * <p>Commit point: the rename of {@code identity.key}, which is written last. Recovery: TLS files without an identity
 * are what a crash during setup leaves, and are made anew. So are they where one or both of them are missing: they are
 * not the identity, and one alone is what a crash leaves while they are made; it is set aside as
 * {@code tls_key.pem.damaged-N}, with a warning. Anything else that is missing or damaged is reported, because a lost
 * identity can only come back from a backup. A new one where an agent lived is made only by {@link #loadOrBeginAnew};
 * the chain of the lost one is then set aside as {@code rotation.json.former-N}. Two processes that look for keys at
 * the same time take turns, so that the second one finds what the first one made.
 */
public final class KeyStore {
  /**
   * What an agent proves itself with.
   *
   * @param rotations the keys that the identity's key replaced
   * @param warnings what the owner should be told about the files: one sentence each
   */
  public record Keys(Identity identity, RotationChain rotations, X509Certificate certificate, PrivateKey tlsKey,
      List<String> warnings) {
    public Keys {
      warnings = List.copyOf(warnings);
    }
  }

  private static final int MOST_BYTES = 65_536;
  private static final int SEED_BYTES = 32;
  private static final String NEW_TLS =
      "the certificate carries no trust: delete tls_cert.pem and tls_key.pem, and start again";

  private KeyStore() {}

  /**
   * The keys of this directory; made where there are none yet. Where a TLS file is missing both are made anew.
   *
   * @throws StoreException where a file is damaged, or the identity of an agent that lived here is missing
   */
  public static Keys loadOrCreate(DataDirectory directory, SecureRandom random) throws IOException {
    return loadOrCreate(RealFiles.INSTANCE, directory, random);
  }

  static Keys loadOrCreate(FileLayer files, DataDirectory directory, SecureRandom random) throws IOException {
    requireNotLost(directory);
    return loadOrBeginAnew(files, directory, random);
  }

  /**
   * Refuses a directory in which an agent lived whose identity is missing.
   *
   * @throws StoreException that says how the identity comes back
   */
  public static void requireNotLost(DataDirectory directory) throws StoreException {
    boolean wasUsed = directory.wasUsed(); // asked first: who has just made an identity may be using it by now
    if (wasUsed && !Files.exists(directory.identityKey())) {
      throw new StoreException(
          directory.identityKey() + " is missing, and an agent lived here",
          "bring the file back from a backup; 'toq setup' makes a new identity, a stranger to those who know the old");
    }
  }

  /**
   * The keys of this directory; a new identity where there is none, also in place of one that was lost.
   *
   * @throws StoreException where a file is damaged
   */
  public static Keys loadOrBeginAnew(DataDirectory directory, SecureRandom random) throws IOException {
    return loadOrBeginAnew(RealFiles.INSTANCE, directory, random);
  }

  private static Keys loadOrBeginAnew(FileLayer files, DataDirectory directory, SecureRandom random)
      throws IOException {
    if (!Files.exists(directory.root())) {
      directory.create();
    }
    try (CrossProcessLock turn = CrossProcessLock.take(lockFile(directory))) {
      return Files.exists(directory.identityKey())
          ? complete(files, directory, random)
          : make(files, directory, random);
    }
  }

  private static Path lockFile(DataDirectory directory) {
    return directory.root().resolve("keys.lock");
  }

  /** The keys of an identity that is there. */
  private static Keys complete(FileLayer files, DataDirectory directory, SecureRandom random) throws IOException {
    boolean hasCertificate = Files.exists(directory.tlsCertificate());
    boolean hasKey = Files.exists(directory.tlsKey());
    if (hasCertificate && hasKey) {
      return load(directory);
    }
    readSeed(directory.identityKey());
    List<String> warnings = new ArrayList<>();
    if (hasCertificate != hasKey) {
      Path alone = hasKey ? directory.tlsKey() : directory.tlsCertificate();
      Path aside = WholeFile.setAside(files, alone);
      warnings.add(alone.getFileName() + " stood without its counterpart and is set aside as " + aside.getFileName()
          + "; a new TLS key and certificate are made");
    }
    files.forceDirectory(directory.keys()); // else the old file may come back beside the new one of the other kind
    writeTls(files, directory, random);
    return with(warnings, load(directory));
  }

  /**
   * Makes an identity and a certificate.
   *
   * @throws StoreException where there is an identity already: it is never replaced
   */
  public static Keys create(DataDirectory directory, SecureRandom random) throws IOException {
    directory.create();
    try (CrossProcessLock turn = CrossProcessLock.take(lockFile(directory))) {
      if (Files.exists(directory.identityKey())) {
        throw new StoreException(
            "there is an identity already: " + directory.identityKey(),
            "use it, or choose another directory with --config-dir");
      }
      return make(RealFiles.INSTANCE, directory, random);
    }
  }

  private static Keys make(FileLayer files, DataDirectory directory, SecureRandom random) throws IOException {
    directory.create();
    writeTls(files, directory, random);
    List<String> warnings = new ArrayList<>();
    if (Files.exists(directory.rotation())) { // it leads to an identity that the owner gave up, or brings back one day
      Path aside = WholeFile.setAside(files, directory.rotation(), "former");
      files.forceDirectory(directory.keys()); // else it may come back beside an identity to which it does not lead
      warnings.add("rotation.json leads to the identity that was here before, and is set aside as "
          + aside.getFileName());
    }
    byte[] seed = new byte[SEED_BYTES];
    random.nextBytes(seed); // R-3.5-01, R-13.2-02: each directory has keys of its own
    WholeFile.write(files, directory.identityKey(), Base64.getEncoder().encode(seed)); // R-13.2-01, R-25.2-04
    Arrays.fill(seed, (byte) 0);
    return with(warnings, load(directory));
  }

  private static Keys with(List<String> warnings, Keys keys) {
    return new Keys(keys.identity(), keys.rotations(), keys.certificate(), keys.tlsKey(), warnings);
  }

  /**
   * Replaces the identity by a new one, which the old one signs (specification 14.4). The old secret is gone then.
   * Whenever it is cut off, the directory holds the old identity with its chain or the new one with its own.
   *
   * @return the new keys; the latest step of their chain is this rotation
   * @throws IOException where the disk failed; which of the two is in force then only a new start can tell
   */
  public static Keys rotate(DataDirectory directory, SecureRandom random) throws IOException {
    return rotate(RealFiles.INSTANCE, directory, random);
  }

  static Keys rotate(FileLayer files, DataDirectory directory, SecureRandom random) throws IOException {
    Keys old = load(directory);
    Identity next = Identity.generate(random);
    RotationFile.write(files, directory.rotation(), old.rotations().then(old.identity(), next.publicKey()));
    byte[] seed = next.seed();
    WholeFile.write(files, directory.identityKey(), Base64.getEncoder().encode(seed)); // R-14.4-02
    Arrays.fill(seed, (byte) 0);
    return load(directory);
  }

  private static void writeTls(FileLayer files, DataDirectory directory, SecureRandom random) throws IOException {
    TlsFiles.Fresh fresh = TlsFiles.make(random);
    WholeFile.write(files, directory.tlsKey(), fresh.keyPem().getBytes(StandardCharsets.US_ASCII)); // R-25.2-06
    byte[] certificate = fresh.certificatePem().getBytes(StandardCharsets.US_ASCII);
    WholeFile.write(files, directory.tlsCertificate(), certificate); // R-15.2-02, R-25.2-05
  }

  /**
   * Reads the keys.
   *
   * @throws StoreException that names the file, what is wrong with it, and what to do
   */
  public static Keys load(DataDirectory directory) throws IOException {
    byte[] seed = readSeed(directory.identityKey());
    Identity identity = Identity.ofSeed(seed);
    Arrays.fill(seed, (byte) 0);
    X509Certificate certificate = readCertificate(directory.tlsCertificate());
    PrivateKey key = readTlsKey(directory.tlsKey());
    if (!new TlsFiles(certificate, key).match()) {
      throw new StoreException(
          directory.tlsKey() + " does not belong to the certificate " + directory.tlsCertificate().getFileName(),
          NEW_TLS);
    }
    return new Keys(
        identity, RotationFile.read(directory.rotation(), identity.publicKey()), certificate, key, List.of());
  }

  private static byte[] readSeed(Path file) throws IOException {
    requireSecret(file);
    String text = text(file, "run 'toq setup' to make an identity, or bring yours back from a backup").strip();
    String hint = "bring the file back from a backup; to begin with a new identity, delete it and run 'toq setup'";
    byte[] seed;
    try {
      seed = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new StoreException(file + " is damaged: it is not base64", hint, e);
    }
    if (seed.length != SEED_BYTES) {
      throw new StoreException(
          file + " is damaged: it holds " + seed.length + " bytes, and a key has " + SEED_BYTES, hint);
    }
    if (!Base64.getEncoder().encodeToString(seed).equals(text)) {
      throw new StoreException(file + " is damaged: its base64 was cut or changed at the end", hint);
    }
    return seed;
  }

  private static X509Certificate readCertificate(Path file) throws IOException {
    String pem = text(file, NEW_TLS);
    try {
      return TlsFiles.readCertificate(pem);
    } catch (GeneralSecurityException e) {
      throw new StoreException(file + " is damaged: " + why(e), NEW_TLS, e);
    }
  }

  private static PrivateKey readTlsKey(Path file) throws IOException {
    requireSecret(file);
    String pem = text(file, NEW_TLS);
    try {
      return TlsFiles.readKey(pem);
    } catch (GeneralSecurityException e) {
      throw new StoreException(file + " is damaged: " + why(e), NEW_TLS, e);
    }
  }

  private static String why(GeneralSecurityException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith("it") ? message : "what it holds cannot be read";
  }

  private static String text(Path file, String hint) throws IOException {
    byte[] bytes = WholeFile.read(file, MOST_BYTES).orElseThrow(() -> new StoreException(file + " is missing", hint));
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** A secret that others own or can read is no secret (specification 14.3). */
  private static void requireSecret(Path file) throws IOException {
    if (!Files.exists(file)) {
      return; // reading it says what is missing
    }
    if (!FileModes.ownedByUs(file)) {
      throw new StoreException(
          file + " belongs to another user (" + Files.getOwner(file).getName() + ")",
          "run toq as the owner of its files");
    }
    if (FileModes.readableByOthers(file) || FileModes.writableByOthers(file)) { // R-14.3-01
      throw new StoreException(
          "other users can read or change the secret " + file, "take their right away: chmod 600 " + file);
    }
  }
}
