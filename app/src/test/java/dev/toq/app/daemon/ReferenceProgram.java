package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawRelay;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The deployed reference as a program, with the caller's key and address. It sends one message, through somebody who
 * writes down what the agent says to it: it does not bind what it signs to its TLS connection, and so cannot tell.
 */
final class ReferenceProgram implements Caller.Way {
  private final Path program;
  private final Path homes;
  private final AtomicInteger count = new AtomicInteger();

  /** {@code program}: its command; {@code homes}: where each of its agents gets a home. */
  ReferenceProgram(Path program, Path homes) {
    this.program = program;
    this.homes = homes;
  }

  @Override
  public byte[] call(Caller caller, Address agent) throws Exception {
    Path home = Files.createDirectories(homes.resolve(Integer.toString(count.getAndIncrement())));
    int port = setUp(home, caller);
    Process daemon = toq(home, "up", "--foreground");
    try (RawRelay relay = RawRelay.beside(agent.dialPort(), InetAddress.getByName("127.0.0.2"))) {
      send(port, "toq://127.0.0.2:" + agent.dialPort() + "/" + agent.agent(), relay.ended());
      return bytes(relay.fromTarget());
    } finally {
      daemon.destroyForcibly().waitFor();
    }
  }

  /** The port of its daemon. */
  private int setUp(Path home, Caller caller) throws Exception {
    Address own = Address.parse(caller.address());
    Process setup = toq(home, "setup", "--non-interactive", "--agent-name", own.agent(), "--connection-mode", "open",
        "--host", own.dialHost());
    if (!setup.waitFor(RawPeer.PATIENCE.toSeconds(), TimeUnit.SECONDS) || setup.exitValue() != 0) {
      throw new AssertionError("the reference could not be set up in " + home);
    }
    Files.writeString(home.resolve(".toq/keys/identity.key"), Base64.getEncoder().encodeToString(caller.seed()));
    int port = own.isDomain() ? freePort() : own.dialPort();
    Path config = home.resolve(".toq/config.toml");
    Files.writeString(config, Files.readString(config).replace("port = 9009", "port = " + port));
    return port;
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  private Process toq(Path home, String... arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.command().addAll(Arrays.asList(arguments));
    builder.environment().put("HOME", home.toString());
    File log = home.resolve("log").toFile();
    return builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log)).start();
  }

  /**
   * Returns when the daemon says that its message arrived, or its connection has ended: it would try again for long.
   */
  private static void send(int port, String to, CompletableFuture<Void> refused) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI daemon = URI.create("http://127.0.0.1:" + port + "/v1/");
      awaitHealth(client, daemon.resolve("health"));
      HttpRequest message = HttpRequest.newBuilder(daemon.resolve("messages?wait=true&timeout=5"))
          .header("Content-Type", "application/json").timeout(RawPeer.PATIENCE)
          .POST(HttpRequest.BodyPublishers.ofString("{\"to\":\"" + to + "\",\"body\":{\"text\":\"hello\"}}")).build();
      CompletableFuture.anyOf(refused, client.sendAsync(message, HttpResponse.BodyHandlers.discarding()))
          .get(RawPeer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      client.shutdownNow();
    }
  }

  private static void awaitHealth(HttpClient client, URI health) throws Exception {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (true) {
      try {
        client.send(HttpRequest.newBuilder(health).build(), HttpResponse.BodyHandlers.discarding());
        return;
      } catch (IOException notYet) {
        if (System.nanoTime() > deadline) {
          throw notYet;
        }
        TimeUnit.MILLISECONDS.sleep(5);
      }
    }
  }

  /** The frames as they stood on the wire. */
  private static byte[] bytes(List<String> frames) {
    List<byte[]> payloads = frames.stream().map(frame -> frame.getBytes(StandardCharsets.UTF_8)).toList();
    ByteBuffer all = ByteBuffer.allocate(payloads.stream().mapToInt(payload -> Integer.BYTES + payload.length).sum());
    payloads.forEach(payload -> all.putInt(payload.length).put(payload));
    return all.array();
  }
}
