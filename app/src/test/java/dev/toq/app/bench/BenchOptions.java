package dev.toq.app.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the command line asked for. */
final class BenchOptions {
  /** What can be measured by itself. */
  enum Part { API, REST, WIRE, OUTBOUND, IDLE, RECONNECT, GROWTH }

  /** Sizes of a run: seconds of warm-up and of a run, how many runs, peers and messages. */
  record Sizes(long warmUpSeconds, long seconds, int runs, int idlePeers, int newcomers, int reconnectingPeers,
      int messages) {
    private static final Sizes WHOLE = new Sizes(10, 5, 3, 10_000, 300, 1_000, 1_000_000);
    private static final Sizes QUICK = new Sizes(2, 1, 1, 300, 30, 100, 20_000);

    /**
     * Warm-up of a load that leaves the compilers little time: they are done so much later, and the first heartbeats,
     * after 30 s, give them work again.
     */
    long longWarmUpSeconds() {
      return 5 * warmUpSeconds;
    }
  }

  final Path top;
  /** The {@code toq} command of another implementation. */
  Optional<List<String>> peer = Optional.empty();
  /** Where the programs are that measure NATS JetStream. */
  Optional<Path> nats = Optional.empty();
  Optional<Part> only = Optional.empty();
  /** Where recordings of the hot path go. */
  Optional<Path> profile = Optional.empty();
  Sizes sizes = Sizes.WHOLE;

  private BenchOptions(Path top) {
    this.top = top;
  }

  /** The top of the source tree, then the words of the command line; fails with a sentence on others. */
  static BenchOptions parse(String[] arguments) {
    BenchOptions options = new BenchOptions(Path.of(arguments[0]));
    for (int i = 1; i < arguments.length; i++) {
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      switch (arguments[i]) {
        case "--peer" -> {
          options.setPeer(value);
          i++;
        }
        case "--only" -> {
          options.only = Optional.of(part(value));
          i++;
        }
        case "--profile" -> options.profile = Optional.of(options.top.resolve("app/target"));
        case "--quick" -> options.sizes = Sizes.QUICK;
        default -> throw new IllegalArgumentException("unknown argument " + arguments[i]
            + "; known: --peer COMMAND, --peer nats, --only PART, --profile, --quick");
      }
    }
    return options;
  }

  private void setPeer(String named) {
    if (named.equals("nats")) {
      nats = Optional.of(top.resolve("app/target/nats"));
    } else {
      peer = Optional.of(List.of(named));
    }
  }

  private static Part part(String word) {
    return Arrays.stream(Part.values()).filter(part -> part.name().equals(word.toUpperCase(Locale.ROOT))).findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "no part is called \"" + word + "\"; parts: api, rest, wire, outbound, idle, reconnect, growth"));
  }

  boolean wants(Part part) {
    return only.isEmpty() || only.get() == part;
  }

  boolean isQuick() {
    return sizes == Sizes.QUICK;
  }

  /** Only a whole, undisturbed run is worth writing down. */
  boolean writes() {
    return !isQuick() && only.isEmpty() && profile.isEmpty();
  }

  /** A picture is as whole as its part. */
  Path growthPicture() {
    return top.resolve(isQuick() ? "app/target/growth.svg" : "docs/growth.svg");
  }
}
