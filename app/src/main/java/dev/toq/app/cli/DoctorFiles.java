package dev.toq.app.cli;

import dev.toq.app.cli.DoctorCommand.Finding;
import dev.toq.store.DataDirectory;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What the files of the data directory tell. */
final class DoctorFiles {
  private static final Set<PosixFilePermission> OTHERS = EnumSet.range(
      PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_EXECUTE);

  /** A clock may be corrected by a little while files are written. */
  private static final Duration TOLERANCE = Duration.ofMinutes(1);

  private final DataDirectory directory;

  DoctorFiles(DataDirectory directory) {
    this.directory = directory;
  }

  Finding directory() throws IOException {
    if (!directory.isSetUp()) {
      return Finding.fail("setup", "nothing is set up in " + directory.root() + "; \"toq setup\" makes an agent");
    }
    try {
      directory.check();
      return Finding.ok("setup", directory.describe());
    } catch (StoreException foreign) {
      return Finding.fail("setup", String.valueOf(foreign.getMessage()));
    }
  }

  /** Whether only the owner may read what is private. */
  Finding modes() throws IOException {
    Optional<Path> open = Optional.empty();
    for (Path file : List.of(directory.root(), directory.keys(), directory.identityKey(), directory.tlsKey(),
        directory.rotation(), directory.permissions(), directory.security(), directory.messages(), directory.outbox(),
        directory.peers(), directory.logs())) {
      if (Files.exists(file) && Files.getFileStore(file).supportsFileAttributeView("posix")
          && Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains)) {
        open = open.isPresent() ? open : Optional.of(file);
      }
    }
    return open.map(file -> Finding.fail("modes", "others may use " + file + "; try: chmod go= " + file))
        .orElseGet(() -> Finding.ok("modes", "only you may use what is private"));
  }

  /** Peers refuse what is dated wrongly, so a clock that fell behind its own files is worth knowing. */
  Finding clock() throws IOException {
    Instant now = Instant.now();
    Instant newest = Instant.EPOCH;
    if (directory.exists()) {
      try (Stream<Path> files = Files.list(directory.root())) {
        for (Path file : files.toList()) {
          Instant written = Files.getLastModifiedTime(file).toInstant();
          newest = written.isAfter(newest) ? written : newest;
        }
      }
    }
    return newest.minus(TOLERANCE).isAfter(now)
        ? Finding.fail("clock", "it is " + now + " here, but a file was written at " + newest)
        : Finding.ok("clock", "it is " + now);
  }
}
