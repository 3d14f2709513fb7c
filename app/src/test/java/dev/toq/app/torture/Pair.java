package dev.toq.app.torture;

import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.RealFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Two agents in this process, each in a temporary home of its own, open to strangers. */
final class Pair implements AutoCloseable {
  private static final long HISTORY = 1_000_000;

  private final Path homes;
  private final TestAgent first;
  private final TestAgent second;

  private Pair(Path homes, TestAgent first, TestAgent second) {
    this.homes = homes;
    this.first = first;
    this.second = second;
  }

  static Pair start(UnaryOperator<Config> settings) throws IOException {
    return start(settings, InstantSource.system());
  }

  /** {@code clock} is the first one's; the second one has the system's. */
  static Pair start(UnaryOperator<Config> settings, InstantSource clock) throws IOException {
    Path homes = Files.createTempDirectory("toq-torture-");
    TestAgent first = agent(homes.resolve("first"), settings, clock);
    return new Pair(homes, first, agent(homes.resolve("second"), settings, InstantSource.system()));
  }

  /** Time enough to connect also on a machine that is busy with other things. */
  static Config patient(Config config) {
    return config.with(ConfigKey.CONNECT_TIMEOUT, 20L);
  }

  /** An agent in this home that lets strangers in and keeps all that it gets. */
  static TestAgent agent(Path home, UnaryOperator<Config> settings, InstantSource clock) throws IOException {
    Files.createDirectories(home);
    return TestAgent.start(home, config -> settings.apply(config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.MESSAGE_HISTORY_LIMIT, HISTORY)), RealFiles.INSTANCE, clock);
  }

  TestAgent first() {
    return first;
  }

  TestAgent second() {
    return second;
  }

  /** The address under which an agent of a pair is reached at this port, be it its own or that of somebody between. */
  static Address at(int port) {
    return Address.parse("toq://localhost:" + port + "/tested");
  }

  static PublicKey key(TestAgent agent) {
    return agent.agent().status().publicKey();
  }

  /** A message with this text. */
  static Outgoing text(String text) {
    return new Outgoing(Optional.of(JsonObject.builder().put("text", text).build()), Optional.empty(),
        Optional.empty(), Optional.of("application/json"), false);
  }

  @Override
  public void close() throws IOException {
    first.close();
    second.close();
    delete(homes);
  }

  /** Removes a directory with all that is in it. */
  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
