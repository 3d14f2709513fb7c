package dev.toq.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where one agent keeps its files: every path in one place (specification 25.1 and 25.2).
 *
 * <pre>
 * ROOT/                     0700
 *   config.toml             ConfigFile         what the owner set
 *   permissions.toml        PermissionsFile    who may connect
 *   security.json           PermissionsFile    denied keys
 *   challenges.log          ChallengeFile      challenges that were presented
 *   peers.json              PeersFile          who was met
 *   messages.jsonl          InboxFile          what was received
 *   outbox.jsonl            OutboxFile         what is sent, and what became of it
 *   state.json  toq.pid     StateFile          the daemon that runs
 *   keys/                   KeyStore           identity.key, rotation.json, tls_cert.pem, tls_key.pem
 *   logs/                   toq.log, and what the daemon rotates
 * HOME/.toq/agents/         StateFile          every agent of this user that runs, also those of workspaces
 * </pre>
 *
 * @param root absolute path of the directory; it need not exist yet
 * @param registry absolute path of the folder that lists the running agents of this user
 * @param origin how the directory was found
 */
public record DataDirectory(Path root, Path registry, Origin origin) {
  /** How a directory was chosen, first match first (R-25.1-02). */
  public enum Origin {
    FLAG("given by --config-dir"),
    ENVIRONMENT("given by TOQ_CONFIG_DIR"),
    WORKSPACE("the workspace in the current folder"),
    HOME("in the home directory");

    private final String words;

    Origin(String words) {
      this.words = words;
    }
  }

  /**
   * Chooses the directory: {@code flag}, then {@code TOQ_CONFIG_DIR}, then {@code .toq} in the current folder where
   * that is a directory, then {@code .toq} in {@code HOME} (the environment's, as the SDKs isolate their tests by it).
   * Creates nothing.
   *
   * @param cwd absolute path of the current folder
   * @throws StoreException where the workspace in the current folder is one that a stranger could have put there
   */
  public static DataDirectory resolve(Map<String, String> env, Path cwd, Optional<Path> flag) throws IOException {
    Path home = cwd.resolve(filled(env, "HOME").orElse(".")).normalize().resolve(".toq");
    Path registry = home.resolve("agents");
    if (flag.isPresent()) {
      return new DataDirectory(cwd.resolve(flag.get()).normalize(), registry, Origin.FLAG);
    }
    Optional<String> named = filled(env, "TOQ_CONFIG_DIR");
    if (named.isPresent()) {
      return new DataDirectory(cwd.resolve(named.get()).normalize(), registry, Origin.ENVIRONMENT);
    }
    Path workspace = cwd.resolve(".toq");
    if (Files.isDirectory(workspace)) {
      Path real = workspace.toRealPath();
      if (Files.isDirectory(home) && real.equals(home.toRealPath())) {
        return new DataDirectory(home, registry, Origin.HOME);
      }
      requireOurs(real); // a cloned folder may bring rules and commands of its author
      return new DataDirectory(real, registry, Origin.WORKSPACE);
    }
    return new DataDirectory(home, registry, Origin.HOME);
  }

  private static Optional<String> filled(Map<String, String> env, String name) {
    return Optional.ofNullable(env.get(name)).filter(value -> !value.isEmpty());
  }

  /**
   * Makes the directory and its folders where they are missing, each 0700.
   *
   * @throws StoreException where it belongs to someone else, others may write to it, or we may not
   */
  public void create() throws IOException {
    makeDirectory(root);
    check();
    makeDirectory(keys());
    makeDirectory(logs());
    RealFiles.INSTANCE.forceDirectory(root); // else a power failure may take the folder, and the identity in it
    Path parent = root.toAbsolutePath().getParent();
    if (parent != null && Files.isReadable(parent)) {
      RealFiles.INSTANCE.forceDirectory(parent);
    }
  }

  /**
   * Looks at a directory that is about to be used.
   *
   * @throws StoreException where it is missing, belongs to someone else, others may write to it, or we may not
   */
  public void check() throws IOException {
    if (!Files.exists(root)) {
      throw new StoreException("there is no data directory " + root, "run 'toq setup' to make one");
    }
    if (!Files.isDirectory(root)) {
      throw new StoreException(root + " is not a directory", "name another one with --config-dir");
    }
    requireOurs(root);
    if (!Files.isWritable(root) || !Files.isExecutable(root)) {
      throw new StoreException("the data directory " + root + " is not writable", "make it so with: chmod 700 " + root);
    }
  }

  private static void requireOurs(Path directory) throws IOException {
    if (!FileModes.ownedByUs(directory)) {
      throw new StoreException(
          "the data directory " + directory + " belongs to another user (" + Files.getOwner(directory).getName() + ")",
          "use your own one with --config-dir, or run toq as its owner");
    }
    if (FileModes.writableByOthers(directory)) {
      throw new StoreException(
          "others may write to the data directory " + directory,
          "look at what is in it, then take their right away: chmod 700 " + directory);
    }
  }

  private static void makeDirectory(Path directory) throws IOException {
    try {
      Files.createDirectories(directory, FileModes.newDirectory());
    } catch (FileAlreadyExistsException | NotDirectoryException e) {
      throw new StoreException(
          directory + " cannot be a directory: a file of that name is in the way", "move it away, or use --config-dir",
          e);
    } catch (IOException e) {
      throw new StoreException(
          "cannot make the directory " + directory + ": " + reason(e),
          "check who may write there, or use --config-dir", e);
    }
  }

  /** What the system said, without the path that it repeats. */
  static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.AccessDeniedException denied -> "permission denied";
      case java.nio.file.NoSuchFileException missing -> "no such file or directory";
      case java.nio.file.FileSystemException failed when failed.getReason() != null -> failed.getReason();
      case IOException other -> other.getMessage() == null ? other.getClass().getSimpleName() : other.getMessage();
    };
  }

  /** Whether {@code toq setup} has been here: there is a configuration and an identity. */
  public boolean isSetUp() {
    return Files.exists(config()) && Files.exists(identityKey());
  }

  /**
   * Whether an agent lived here, by what only one that had an identity leaves behind. The configuration and the rules
   * are no sign of it, as the owner may bring both; nor are TLS files, which a setup leaves that was cut off.
   */
  public boolean wasUsed() {
    return Stream.of(rotation(), peers(), messages(), outbox(), challenges(), security(), state())
        .anyMatch(Files::exists);
  }

  /** Whether there is anything at all at this place. */
  public boolean exists() {
    return Files.exists(root, LinkOption.NOFOLLOW_LINKS);
  }

  /** The directory and how it was found, for the line that every command may print. */
  public String describe() {
    return root + " (" + origin.words + ")";
  }

  public Path config() {
    return root.resolve("config.toml");
  }

  public Path permissions() {
    return root.resolve("permissions.toml");
  }

  public Path security() {
    return root.resolve("security.json");
  }

  public Path challenges() {
    return root.resolve("challenges.log");
  }

  public Path peers() {
    return root.resolve("peers.json");
  }

  public Path messages() {
    return root.resolve("messages.jsonl");
  }

  public Path outbox() {
    return root.resolve("outbox.jsonl");
  }

  public Path state() {
    return root.resolve("state.json");
  }

  public Path pid() {
    return root.resolve("toq.pid");
  }

  public Path keys() {
    return root.resolve("keys");
  }

  public Path identityKey() {
    return keys().resolve("identity.key");
  }

  public Path rotation() {
    return keys().resolve("rotation.json");
  }

  public Path tlsCertificate() {
    return keys().resolve("tls_cert.pem");
  }

  public Path tlsKey() {
    return keys().resolve("tls_key.pem");
  }

  public Path logs() {
    return root.resolve("logs");
  }

  /** Standard output and error of the daemon that runs in the background; emptied by each {@code toq up}. */
  public Path daemonLog() {
    return logs().resolve("toq.log");
  }
}
