package dev.toq.app.daemon;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Takes over the accepted connections that speak HTTP. */
@FunctionalInterface
public interface HttpSide {
  /**
   * Serves the connection from now on.
   *
   * @param firstBytes what was already read of it
   */
  void adopt(SocketChannel channel, byte[] firstBytes) throws IOException;
}
