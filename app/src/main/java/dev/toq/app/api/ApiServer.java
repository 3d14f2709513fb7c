package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP interface for programs on this machine (specification 27.5). It listens nowhere: the daemon, which has one
 * port for two protocols, hands over the connections that speak HTTP.
 *
 * <p>Each request runs on a virtual thread and may block. Safe for use by many threads.
 */
public final class ApiServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
  private static final Duration START_PATIENCE = Duration.ofSeconds(10);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  private final Agent agent;
  private final ApiLimits limits;
  private final InstantSource clock;
  private final EventsApi events;
  private final CompletableFuture<AdoptingConnector> started = new CompletableFuture<>();
  private volatile Runnable stop = () -> {};
  private volatile boolean closed;

  public ApiServer(Agent agent, ApiLimits limits, InstantSource clock) {
    this.agent = agent;
    this.limits = limits;
    this.clock = clock;
    this.events = new EventsApi(agent, limits);
  }

  /**
   * Makes ready to serve; to be called once. Loading the server takes part of a second, so a caller in a hurry starts
   * it on a thread of its own: connections that come meanwhile wait in {@link #adopt}.
   *
   * @param port the port on which callers reach us, which they name in their Host header
   */
  public void start(int port) {
    try {
      var connector = new CompletableFuture<AdoptingConnector>();
      Javalin javalin = Javalin.create(config -> configure(config, port, connector));
      stop = javalin::stop;
      javalin.start();
      new HeadDeadline(connector.join(), limits.idle()).run();
      started.complete(connector.join());
      if (closed) {
        javalin.stop(); // closed while it started
      }
    } catch (RuntimeException e) {
      started.completeExceptionally(e);
      throw e;
    }
  }

  /**
   * Takes over an accepted connection, which is from then on this server's to close. Waits, for at most 10 seconds,
   * until the server is ready.
   *
   * @param firstBytes what was already read from it
   * @throws IOException where it cannot be served; it is closed then
   */
  public void adopt(SocketChannel channel, byte[] firstBytes) throws IOException {
    adopt(channel, firstBytes, START_PATIENCE);
  }

  void adopt(SocketChannel channel, byte[] firstBytes, Duration patience) throws IOException {
    try {
      AdoptingConnector connector = started.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (closed) {
        throw new IOException("the API is closed");
      }
      if (connector.getConnectedEndPoints().size() >= limits.maxConnections()) {
        throw new IOException("more than " + limits.maxConnections() + " API connections");
      }
      connector.adopt(channel, firstBytes);
    } catch (IOException e) {
      channel.close();
      throw e;
    } catch (TimeoutException e) {
      channel.close();
      throw new IOException("the API is not ready yet");
    } catch (ExecutionException e) {
      channel.close();
      throw new IOException("the API did not start", e.getCause());
    } catch (InterruptedException e) {
      channel.close();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while the API starts");
    }
  }

  /** Ends every stream and connection, within about 5 seconds. A request that is being answered is cut off. */
  @Override
  public void close() {
    closed = true;
    events.close();
    Thread stopping = Thread.ofVirtual().name("toq-api-stop").start(stop);
    try {
      if (!stopping.join(STOP_PATIENCE)) {
        LOG.warn("the API did not stop within {} s", STOP_PATIENCE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void configure(JavalinConfig config, int port, CompletableFuture<AdoptingConnector> connector) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.http.prefer405over404 = true;
    config.router.ignoreTrailingSlashes = false;
    config.http.defaultContentType = "application/json";
    config.jetty.threadPool = new VirtualThreadPool();
    config.jetty.modifyServer(server -> serverOf(server, port));
    config.jetty.modifyServletContextHandler(context -> context.setErrorHandler(new HttpFailures()));
    config.jetty.modifyHttpConfiguration(ApiServer::http);
    config.jetty.addConnector((server, http) -> {
      var adopting = new AdoptingConnector(server, http);
      adopting.setIdleTimeout(limits.idle().toMillis());
      adopting.setAcceptedTcpNoDelay(true);
      connector.complete(adopting);
      return adopting;
    });
    var routes = new Resource.Routes(config.routes, limits);
    List.of(new MessagesApi(agent, limits, clock), new StreamsApi(agent), new HistoryApi(agent, limits),
            new OutboxApi(agent), events, new PingApi(agent), new DiscoverApi(agent), new NearbyApi(agent),
            new CardApi(agent),
            new StatusApi(agent), new ApprovalsApi(agent), new RulesApi(agent), new InvitesApi(agent),
            new PeersApi(agent),
            new DaemonApi(agent))
        .forEach(resource -> resource.addTo(routes));
    failures(config.routes);
  }

  private static void serverOf(Server server, int port) {
    server.setHandler(new Guard(port)); // in place of Javalin's statistics; its servlet goes behind the guard
    server.getBeans(LowResourceMonitor.class).forEach(server::removeBean);
    server.setErrorHandler(new HttpFailures());
    server.setStopTimeout(0);
  }

  private static void http(HttpConfiguration http) {
    http.setRequestHeaderSize(ApiLimits.HEADER_BYTES);
    http.setSendServerVersion(false);
    // A public key in a path has an encoded slash, and a missing one leaves a segment empty. Routes match the raw
    // segments, and nothing here is a file, so neither can lead anywhere else. Dot segments stay refused.
    http.setUriCompliance(UriCompliance.DEFAULT.with(
        "toq", Violation.AMBIGUOUS_PATH_SEPARATOR, Violation.AMBIGUOUS_PATH_ENCODING,
        Violation.AMBIGUOUS_EMPTY_SEGMENT));
  }

  private void failures(RoutesConfig routes) {
    routes.exception(ApiError.class, (error, context) -> answer(context, error));
    routes.exception(HttpResponseException.class, (error, context) -> {
      String allowed = error.getDetails().get("availableMethods");
      if (allowed != null) {
        context.res().setHeader("Allow", allowed);
      }
      answer(context, ApiError.ofStatus(error.getStatus(), sentence(error.getStatus(), context)));
    });
    routes.exception(Exception.class, (error, context) -> {
      if (error instanceof InterruptedException) { // not set again: the thread is the server's
        answer(context, new ApiError(503, "unavailable", "the daemon is stopping"));
        return;
      }
      LOG.error("a request failed: {} {}", context.req().getMethod(), context.req().getRequestURI(), error);
      answer(context, new ApiError(500, "internal_error", "the daemon failed: " + error.getMessage()));
    });
  }

  private static String sentence(int status, Context context) {
    return switch (status) {
      case 404 -> "there is no " + context.req().getRequestURI();
      case 405 -> context.req().getRequestURI() + " does not take " + context.req().getMethod();
      default -> "the request cannot be answered";
    };
  }

  private void answer(Context context, ApiError error) {
    try {
      new Call(context, limits).reply(error);
    } catch (IOException e) {
      LOG.debug("a caller went away before its answer: {}", e.toString());
    }
  }
}
