package dev.toq.app.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * A connector that listens nowhere. The daemon has one port for two protocols, accepts every connection itself, and
 * hands over the ones whose first byte is not TLS:
 *
 * <pre>
 *   accept → first byte 0x16 → toq over TLS
 *                     other  → adopt(channel, bytes read so far) → Jetty's selector → HTTP
 * </pre>
 */
final class AdoptingConnector extends ServerConnector {
  private final CountDownLatch stopped = new CountDownLatch(1);

  AdoptingConnector(Server server, HttpConfiguration configuration) {
    // One acceptor, because Jetty cannot do without; it waits for the end. One selector carries what two cores can.
    super(server, 1, 1, new HttpConnectionFactory(configuration));
  }

  /**
   * Takes over an open connection; from here on it is this connector's to close.
   *
   * @param firstBytes what was already read from the channel, served as if it arrived now
   */
  void adopt(SocketChannel channel, byte[] firstBytes) throws IOException {
    channel.configureBlocking(false);
    getSelectorManager().accept(channel, firstBytes);
  }

  @Override
  protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
    return new ServerConnectorManager(executor, scheduler, selectors) {
      @Override
      public Connection newConnection(SelectableChannel channel, EndPoint endPoint, Object firstBytes)
          throws IOException {
        Connection connection = super.newConnection(channel, endPoint, firstBytes);
        if (connection instanceof Connection.UpgradeTo upgraded) {
          upgraded.onUpgradeTo(ByteBuffer.wrap((byte[]) firstBytes));
        }
        return connection;
      }
    };
  }

  @Override
  public void open() {
    // Nothing to bind: connections come by adopt().
  }

  @Override
  public boolean isOpen() {
    return isRunning();
  }

  @Override
  public void close() {
    stopped.countDown();
  }

  @Override
  public void accept(int acceptor) throws IOException {
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the connector stops its acceptors by interrupting them
    }
  }
}
