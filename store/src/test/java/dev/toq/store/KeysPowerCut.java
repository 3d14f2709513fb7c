package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Keys that are made at setup, made anew where their owner deletes one, and rotated; and a configuration that is
 * changed.
 */
record KeysPowerCut() implements PowerCutFamily<KeysPowerCut.Promise> {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int OPERATIONS = 12;

  /**
   * What these files have promised.
   *
   * @param identity the key of the identity, once it was made
   * @param isRotating whether a key that follows from it may be found in its place
   * @param configs every text of the configuration, the first one empty for none
   * @param config which of these is durable; the next one may be
   */
  record Promise(Optional<PublicKey> identity, boolean isRotating, List<String> configs, int config) {}

  @Override
  public String name() {
    return "keys";
  }

  private static DataDirectory in(Path directory) {
    return new DataDirectory(directory, directory.resolve("agents"), DataDirectory.Origin.FLAG);
  }

  @Override
  public Work<Promise> begin(Random chance) {
    return new Working(chance);
  }

  private static final class Working implements Work<Promise> {
    private final Random chance;
    private final List<String> configs = new ArrayList<>(List.of(""));
    private Optional<PublicKey> identity = Optional.empty();
    private volatile boolean isRotating;
    private int config;

    Working(Random chance) {
      this.chance = chance;
    }

    @Override
    public Promise promised() {
      return new Promise(identity, isRotating, configs, config);
    }

    @Override
    public void run(FileLayer files, Path directory) throws Exception {
      DataDirectory in = in(directory);
      makeKeys(files, in);
      for (int i = 0; i < OPERATIONS; i++) {
        switch (chance.nextInt(5)) {
          case 0 -> {
            files.delete(in.tlsCertificate());
            if (chance.nextBoolean()) {
              files.delete(in.tlsKey());
            }
            makeKeys(files, in);
          }
          case 1 -> {
            files.delete(in.tlsKey());
            files.forceDirectory(in.keys());
            makeKeys(files, in);
          }
          case 2 -> rotate(files, in);
          default -> configure(files, in);
        }
      }
    }

    private void makeKeys(FileLayer files, DataDirectory in) throws IOException {
      identity = Optional.of(KeyStore.loadOrCreate(files, in, RANDOM).identity().publicKey());
    }

    private void rotate(FileLayer files, DataDirectory in) throws IOException {
      isRotating = true;
      identity = Optional.of(KeyStore.rotate(files, in, RANDOM).identity().publicKey());
      isRotating = false;
    }

    private void configure(FileLayer files, DataDirectory in) throws IOException {
      long port = 1024 + chance.nextInt(60_000);
      if (config == 0 || chance.nextInt(3) == 0) {
        ConfigFile.write(files, in.config(), new Config(Map.of(ConfigKey.PORT, port), Map.of()));
      } else {
        ConfigFile.set(files, in.config(), ConfigKey.PORT, port);
      }
      configs.add(Files.readString(in.config(), StandardCharsets.UTF_8));
      config++;
    }
  }

  @Override
  public void check(Promise promised, FileLayer files, Path directory) throws Exception {
    DataDirectory in = in(directory);
    KeyStore.Keys keys = KeyStore.loadOrCreate(files, in, RANDOM);
    promised.identity().ifPresent(made -> assertTrue(made.equals(keys.identity().publicKey())
        || promised.isRotating() && keys.rotations().leadsFrom(made), "another identity"));
    List<String> allowed = promised.configs().subList(
        promised.config(), Math.min(promised.config() + 2, promised.configs().size()));
    String found = Files.exists(in.config()) ? Files.readString(in.config(), StandardCharsets.UTF_8) : "";
    assertTrue(allowed.contains(found), () -> "config.toml holds: " + found);
    if (!found.isEmpty()) {
      ConfigFile.load(in.config());
    }
  }
}
