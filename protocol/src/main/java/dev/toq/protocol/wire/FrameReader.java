package dev.toq.protocol.wire;

import java.io.IOException;
import java.io.InputStream;

/** Reads frames (stub). */
public final class FrameReader {
  public FrameReader(InputStream in) {}

  public byte[] read(int limit) throws IOException {
    throw new IOException("stub");
  }
}
