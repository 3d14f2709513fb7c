package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.wire.FrameException;
import dev.toq.protocol.wire.FrameReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * The two streams of one connection, in frames. One thread reads; who writes holds the connection's writing lock, so
 * that no two frames mix. Deadlines are the business of whoever owns the socket beneath.
 */
public final class FrameChannel {
  private final FrameReader frames;
  private final OutputStream out;

  public FrameChannel(FrameReader frames, OutputStream out) {
    this.frames = frames;
    this.out = out;
  }

  /** The payload of the next frame, at most {@code limit} bytes. */
  public byte[] read(int limit) throws IOException, ProtocolException {
    try {
      return frames.readUnskipping(limit);
    } catch (FrameException e) {
      throw ProtocolException.of(e);
    }
  }

  /** Writes one frame in one piece and flushes. */
  public void write(byte[] payload) throws IOException {
    writeFirst(new byte[0], payload);
  }

  /** The first bytes of a connection, before its frames. */
  byte[] readMagic() throws IOException {
    return frames.readRaw(Spec.magic().length);
  }

  /** The magic and the first frame in one piece, so that they leave in one packet. */
  void writeFirst(byte[] magic, byte[] payload) throws IOException {
    byte[] whole = ByteBuffer.allocate(magic.length + Integer.BYTES + payload.length)
        .put(magic).putInt(payload.length).put(payload).array();
    out.write(whole);
    out.flush();
  }
}
