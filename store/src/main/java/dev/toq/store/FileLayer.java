package dev.toq.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Everything that the store does to a disk goes through here, so that a test can record it, let it fail, or cut the
 * power. Reading does not: it changes nothing.
 *
 * <p>Nothing but a {@code force} promises anything about a power failure. Until the file is forced any part of what was
 * written may be missing; until its directory is forced a new, renamed or deleted file may still be what it was.
 */
public interface FileLayer {
  /** Opens a file to add to its end; one that is missing is made, with mode 0600. */
  Output openAppend(Path path) throws IOException;

  /**
   * Makes a file with mode 0600.
   *
   * @throws java.nio.file.FileAlreadyExistsException where the name is taken, be it by a link
   */
  Output createNew(Path path) throws IOException;

  /**
   * Writes over bytes of a file, from {@code at} on and none beyond its end. A force of an {@link Output} of this file
   * that was open already makes them durable.
   */
  void overwrite(Path path, long at, ByteBuffer bytes) throws IOException;

  /** Renames inside one directory, in one step, over whatever had the name {@code to}. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file; one that is missing is no error. */
  void delete(Path path) throws IOException;

  /** Makes the names in this directory durable: what was made, renamed and deleted there. */
  void forceDirectory(Path directory) throws IOException;

  /** An open file. Not safe for use by several threads at once. */
  interface Output extends Closeable {
    /** Length of the file in bytes. */
    long size() throws IOException;

    /** Adds all remaining bytes to the end. On an error any first part of them may have been added. */
    void write(ByteBuffer bytes) throws IOException;

    /** Returns when the bytes and the length of the file are on the disk itself. */
    void force() throws IOException;

    /** Cuts the file to this length, which is at most its size. */
    void truncate(long length) throws IOException;
  }
}
