package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.Handshake;
import dev.toq.protocol.session.HandshakeException;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.RefusedByPeerException;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.store.Peers;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens outbound connections; callers who want the same address at the same time share one attempt. */
final class Dialer {
  /** Begins the sentence for who wants to reach a peer that this agent's owner shut out. */
  static final String BLOCKED = "your own rules block ";

  private final Node node;
  private final Routes routes;
  private final Map<String, CompletableFuture<Session>> attempts = new ConcurrentHashMap<>();

  Dialer(Node node) {
    this.node = node;
    this.routes = new Routes(node.names(), node.config().dnsValidation(), node.nearby());
  }

  /** No connection came about; the message is a sentence for the caller. */
  static final class DialException extends Exception {
    private static final long serialVersionUID = 1;

    /** What may help: trying again, soon or not so soon, or nothing. */
    enum Kind { NOBODY, UNREACHED, PENDING, DENIED, BLOCKED }

    private final Kind kind;

    DialException(String message) {
      this(message, Kind.UNREACHED);
    }

    DialException(String message, Kind kind) {
      super(message, null, false, false);
      this.kind = kind;
    }

    Kind kind() {
      return kind;
    }

    String sentence() {
      return String.valueOf(getMessage());
    }
  }

  /**
   * An ACTIVE connection to the agent at this address; where nobody answers there, one that this agent opened to us.
   *
   * @throws DialException where none is ACTIVE within {@code connect_timeout}, or the peer refused
   */
  Session dial(Address to) throws DialException, InterruptedException {
    if (node.policy().blocks(to)) { // the blocked do not even learn that somebody called
      throw new DialException(BLOCKED + to.full(), DialException.Kind.BLOCKED);
    }
    try {
      return dialled(to);
    } catch (DialException failed) {
      if (failed.kind() != DialException.Kind.NOBODY) {
        throw failed;
      }
      return wayBack(to).orElseThrow(() -> failed);
    }
  }

  /**
   * The connection of a peer that calls itself by this address and can be sent to. It has to be the key that the
   * address belongs to, or, where it is nobody's, the only one that ever claimed it; and a name of this machine means
   * nothing from another.
   */
  private Optional<Session> wayBack(Address to) {
    List<PublicKey> owners = node.peers().pins(to).stream().map(Peers.Pin::key).distinct().toList();
    List<PublicKey> claimants = !owners.isEmpty() ? owners : node.peers().all().stream()
        .filter(peer -> peer.address().equals(to.toString())).map(Peers.Peer::key)
        .filter(key -> node.peers().successor(key).isEmpty()).toList();
    if (claimants.size() != 1) {
      return Optional.empty();
    }
    return node.registry().to(claimants.getFirst())
        .filter(session -> session.peerAddress().names(to) && (!to.isLoopbackHost() || session.isLocal()));
  }

  private Session dialled(Address to) throws DialException, InterruptedException {
    return await(to, attempts.computeIfAbsent(to.full(), unused -> start(to)), node.config().connectTimeout());
  }

  /**
   * A new ACTIVE connection to the agent that sent us this invitation, and both approved.
   *
   * @throws DialException where that did not come about, and nothing was approved on this side
   */
  Session pair(Invitation invitation) throws DialException, InterruptedException {
    Address to = invitation.address();
    CompletableFuture<Session> attempt = new CompletableFuture<>();
    Thread.ofVirtual().name("toq-out-" + to.host()).start(() -> run(to, attempt, Optional.of(invitation)));
    return await(to, attempt, node.config().connectTimeout().plus(node.config().handshakeTimeout())
        .plus(node.config().negotiationTimeout()));
  }

  private static Session await(Address to, CompletableFuture<Session> attempt, Duration limit)
      throws DialException, InterruptedException {
    try {
      return attempt.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException silent) {
      throw new DialException(
          "no answer from " + to.full() + " within " + limit.toMillis() + " ms", DialException.Kind.NOBODY);
    } catch (ExecutionException refused) {
      throw refused.getCause() instanceof DialException told ? told
          : new DialException(String.valueOf(causeOf(refused).getMessage()));
    }
  }

  /** Handshakes with the agent at this address and leaves: reveals its key, makes no entry on its side. */
  Agent.Ping ping(Address to) throws InterruptedException {
    if (node.policy().blocks(to)) {
      return new Agent.Ping.Unreached(BLOCKED + to.full());
    }
    CompletableFuture<Agent.Ping> answer = new CompletableFuture<>();
    Thread.ofVirtual().name("toq-ping").start(() -> answer.complete(pinged(to)));
    Duration limit = node.config().connectTimeout();
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException silent) {
      return new Agent.Ping.Unreached("no answer from " + to.full() + " within " + limit.toMillis() + " ms");
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private Agent.Ping pinged(Address to) {
    try (Reached reached = connect(to)) {
      Wire wire = reached.wire();
      wire.reading().in(node.config().handshakeTimeout());
      Wire.Streams streams = wire.secureAsClient(node.clientTls());
      FrameChannel channel = new FrameChannel(new FrameReader(streams.in()), streams.out());
      PeerCredentials peer = Handshake.initiate(channel, node.self(), to, node.random());
      return reached.route().leadsTo(peer) ? new Agent.Ping.Reached(to.agent(), peer.key())
          : new Agent.Ping.Unreached(AsInitiator.notTheDomains(to));
    } catch (RefusedByPeerException | HandshakeException refused) {
      return new Agent.Ping.Unreached(String.valueOf(refused.getMessage()));
    } catch (IOException failed) {
      return new Agent.Ping.Unreached(sentence(to, failed));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return new Agent.Ping.Unreached("interrupted");
    }
  }

  private CompletableFuture<Session> start(Address to) {
    CompletableFuture<Session> attempt = new CompletableFuture<>();
    attempt.whenComplete((done, failed) -> attempts.remove(to.full(), attempt));
    Thread.ofVirtual().name("toq-out-" + to.host()).start(() -> run(to, attempt, Optional.empty()));
    return attempt;
  }

  private void run(Address to, CompletableFuture<Session> attempt, Optional<Invitation> invitation) {
    try {
      AsInitiator first = converse(to, attempt, invitation);
      if (first.startsAnew()) {
        converse(to, attempt, invitation);
      }
    } catch (Routes.UntrustedNameException untrusted) {
      attempt.completeExceptionally(new DialException(sentence(to, untrusted), DialException.Kind.UNREACHED));
    } catch (IOException failed) {
      attempt.completeExceptionally(new DialException(sentence(to, failed), DialException.Kind.NOBODY));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      attempt.completeExceptionally(new DialException("the connection to " + to.full() + " ended during setup"));
    }
  }

  /** The whole life of one connection. */
  private AsInitiator converse(Address to, CompletableFuture<Session> attempt, Optional<Invitation> invitation)
      throws IOException, InterruptedException {
    Reached reached = connect(to);
    AsInitiator role = new AsInitiator(node, reached.wire(), to, reached.route(), attempt, invitation);
    new Connection(node, reached.wire(), role).run();
    return role;
  }

  private static Throwable causeOf(ExecutionException failed) {
    Throwable cause = failed.getCause();
    return cause == null ? failed : cause;
  }

  private static String sentence(Address to, IOException failed) {
    return switch (failed) {
      case UnknownHostException unknown -> // R-3.3-04
          "the host name " + to.host() + " does not resolve";
      case ConnectException refused -> "no agent is running at " + to.full();
      case SocketTimeoutException silent -> "the host of " + to.full() + " does not answer";
      case Routes.UntrustedNameException untrusted -> String.valueOf(untrusted.getMessage());
      default -> "cannot connect to " + to.full() + ": " + failed.getMessage();
    };
  }

  /** Somebody took the connection. Closing it closes the wire. */
  private record Reached(Wire wire, Route route) implements AutoCloseable {
    @Override
    public void close() {
      wire.close();
    }
  }

  /** Looks the name up and tries every address of it, all within one deadline; half of it is for the looking up. */
  private Reached connect(Address to) throws IOException, InterruptedException {
    Duration limit = node.config().connectTimeout();
    long start = System.nanoTime();
    Route route = routes.find(to, node.self().address().host(), limit.dividedBy(2));
    SocketChannel channel = Connecting.toAny(route.places(), limit.minusNanos(System.nanoTime() - start));
    return new Reached(new Wire(channel, node.deadlines(), node.config().writeTimeout()), route);
  }
}
