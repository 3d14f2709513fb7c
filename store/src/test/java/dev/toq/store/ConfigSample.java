package dev.toq.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The sample configuration of the specification (25.3), as it stands there. */
final class ConfigSample {
  private ConfigSample() {}

  static String text() throws IOException {
    try (InputStream in = ConfigSample.class.getResourceAsStream("specification-sample.toml")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
