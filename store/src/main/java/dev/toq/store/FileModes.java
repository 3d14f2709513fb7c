package dev.toq.store;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Who may read and write what we store: files 0600, directories 0700, where the system knows such modes. */
final class FileModes {
  static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------"); // R-14.3-01
  static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");

  private static final boolean POSIX = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private FileModes() {}

  static FileAttribute<?>[] newFile() {
    return POSIX ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(FILE)} : new FileAttribute<?>[0];
  }

  static FileAttribute<?>[] newDirectory() {
    return POSIX ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(DIRECTORY)} : new FileAttribute<?>[0];
  }

  /** Whether group or others may write here. */
  static boolean writableByOthers(Path path) throws IOException {
    return POSIX && holdsAny(path, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
  }

  /** Whether group or others may read here. */
  static boolean readableByOthers(Path path) throws IOException {
    return POSIX && holdsAny(path, PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
  }

  private static boolean holdsAny(Path path, PosixFilePermission first, PosixFilePermission second) throws IOException {
    Set<PosixFilePermission> found = EnumSet.noneOf(PosixFilePermission.class);
    found.addAll(Files.getPosixFilePermissions(path));
    return found.contains(first) || found.contains(second);
  }

  /** Whether the user of this process owns the file. Asked by number, because a container's user may have no name. */
  static boolean ownedByUs(Path path) throws IOException {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("unix")) {
      return Files.getOwner(path).getName().endsWith(System.getProperty("user.name"));
    }
    return ((Integer) Files.getAttribute(path, "unix:uid")).longValue() == Uid.OURS;
  }

  /** Apart, so that no native code is loaded where there are no such numbers. */
  private static final class Uid {
    static final long OURS = new UnixSystem().getUid();
  }
}
