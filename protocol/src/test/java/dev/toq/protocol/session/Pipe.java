package dev.toq.protocol.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One direction of a connection in memory: bytes in, the same bytes out, without any limit. */
final class Pipe {
  private static final long DEADLINE_SECONDS = 10;
  private static final int END = -1;

  private final BlockingQueue<Integer> bytes = new LinkedBlockingQueue<>();

  InputStream in() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        try {
          Integer next = bytes.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
          if (next == null) {
            throw new IOException("nothing came within " + DEADLINE_SECONDS + " seconds");
          }
          if (next == END) {
            bytes.add(END);
          }
          return next;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException(e);
        }
      }
    };
  }

  OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int value) {
        bytes.add(value & 0xFF);
      }

      @Override
      public void close() {
        bytes.add(END);
      }
    };
  }
}
