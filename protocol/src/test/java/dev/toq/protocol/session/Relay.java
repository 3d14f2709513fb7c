package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import dev.toq.protocol.wire.EndOfFramesException;
import dev.toq.protocol.wire.FrameReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Somebody in the middle: reads one direction frame by frame and passes on what it likes. */
final class Relay {
  private Relay() {}

  /**
   * Passes frames on, changed, until their sender closes; then closes too.
   *
   * @param hasMagic whether four bytes come before the frames
   * @return the payloads that came by
   */
  static List<byte[]> pass(InputStream from, OutputStream to, boolean hasMagic, UnaryOperator<byte[]> change)
      throws IOException {
    List<byte[]> seen = new ArrayList<>();
    FrameReader frames = new FrameReader(from);
    try (to) {
      if (hasMagic) {
        to.write(frames.readRaw(Spec.magic().length));
      }
      while (true) {
        byte[] payload = frames.read(Spec.MAX_SETUP_FRAME_BYTES);
        seen.add(payload);
        to.write(Side.framed(change.apply(payload)));
      }
    } catch (EndOfFramesException end) {
      return seen;
    }
  }
}
