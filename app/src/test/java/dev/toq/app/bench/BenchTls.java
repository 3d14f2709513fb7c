package dev.toq.app.bench;

import dev.toq.app.daemon.TlsContexts;
import dev.toq.store.DataDirectory;
import dev.toq.store.KeyStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** The product's own TLS settings, so that the echo measures what the agents pay. */
final class BenchTls {
  private BenchTls() {}

  static SSLContext server() throws Exception {
    Path scratch = Files.createTempDirectory("toq-bench-tls-");
    DataDirectory directory = DataDirectory.resolve(
        Map.of("HOME", scratch.toString()), scratch, Optional.of(scratch.resolve("home")));
    directory.create();
    KeyStore.Keys keys = KeyStore.create(directory, new SecureRandom());
    return TlsContexts.server(keys.certificate(), keys.tlsKey());
  }

  static SSLContext client() {
    return TlsContexts.client();
  }
}
