package dev.toq.app.cli;

import dev.toq.app.dns.NameSystem;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Config;
import dev.toq.store.Config.DnsValidation;
import dev.toq.store.ConfigFile;
import dev.toq.store.KeyStore;
import dev.toq.store.StateFile.Running;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code toq doctor}: looks for what keeps this agent from being reached or safe. A line for each check: {@code ok},
 * {@code warn} for what works and may not be meant, {@code FAIL} for what does not work.
 */
final class DoctorCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Home home;
  private final List<Finding> findings = new ArrayList<>();

  /** What one check found. */
  record Finding(Mark mark, String name, String what) {
    enum Mark { OK, WARN, FAIL }

    static Finding ok(String name, String what) {
      return new Finding(Mark.OK, name, what);
    }

    static Finding warn(String name, String what) {
      return new Finding(Mark.WARN, name, what);
    }

    static Finding fail(String name, String what) {
      return new Finding(Mark.FAIL, name, what);
    }
  }

  private DoctorCommand(Home home) {
    this.home = home;
  }

  static int run(Invocation call) throws Failure, IOException {
    DoctorCommand doctor = new DoctorCommand(Home.of(call));
    doctor.look();
    long failed = doctor.findings.stream().filter(finding -> finding.mark() == Finding.Mark.FAIL).count();
    if (call.has("--json")) {
      call.terminal().json(doctor.json(failed));
    } else {
      doctor.findings.forEach(finding -> call.terminal().line(
          String.format(Locale.ROOT, "%-5s%-9s%s", mark(finding), finding.name(), PeerText.shown(finding.what()))));
    }
    return failed == 0 ? Toq.SUCCESS : Toq.FAILURE;
  }

  private static String mark(Finding finding) {
    return finding.mark() == Finding.Mark.FAIL ? "FAIL" : finding.mark().name().toLowerCase(Locale.ROOT);
  }

  private JsonObject json(long failed) {
    List<JsonValue> checks = findings.stream().<JsonValue>map(finding -> JsonObject.builder()
        .put("name", finding.name())
        .put("status", finding.mark().name().toLowerCase(Locale.ROOT))
        .put("detail", finding.what())
        .build()).toList();
    return JsonObject.builder().put("checks", new JsonArray(checks)).put("issues", failed).build();
  }

  /** R-26.5-03 */
  private void look() throws IOException {
    DoctorFiles files = new DoctorFiles(home.directory());
    findings.add(files.directory());
    Optional<Config> config = config();
    Optional<KeyStore.Keys> keys = keys();
    findings.add(files.modes());
    findings.add(files.clock());
    if (config.isPresent()) {
      findings.add(host(config.get()));
      findings.add(port(config.get()));
      if (keys.isPresent()) {
        names(config.get(), keys.get());
      }
    }
  }

  private Optional<Config> config() throws IOException {
    try {
      ConfigFile.Loaded loaded = ConfigFile.load(home.directory().config());
      findings.add(loaded.warnings().isEmpty() ? Finding.ok("config", "every line of config.toml is understood")
          : Finding.warn("config", String.join("; ", loaded.warnings())));
      return Optional.of(loaded.config());
    } catch (StoreException unusable) {
      findings.add(Finding.fail("config", String.valueOf(unusable.getMessage())));
      return Optional.empty();
    }
  }

  private Optional<KeyStore.Keys> keys() throws IOException {
    try {
      KeyStore.Keys keys = home.keys();
      findings.add(Finding.ok("keys", "this agent is " + keys.identity().publicKey().fingerprint()));
      return Optional.of(keys);
    } catch (StoreException unusable) {
      findings.add(Finding.fail("keys", String.valueOf(unusable.getMessage())));
      return Optional.empty();
    }
  }

  private static Finding host(Config config) {
    boolean loopback = Address.of(config.host(), 1, config.agentName()).isLoopbackHost();
    return loopback ? Finding.warn("host", "host is \"" + config.host() + "\": nobody elsewhere can reach this agent, "
            + "and only its name tells that a message is meant for it")
        : Finding.ok("host", "this agent is " + Home.address(config));
  }

  private Finding port(Config config) throws IOException {
    Optional<Running> running = home.running();
    if (running.isEmpty()) {
      return new LocalApi(config.port()).listens()
          ? Finding.fail("port", "toq is not running, and another program has port " + config.port())
          : Finding.warn("port", "toq is not running; \"toq up\" starts it");
    }
    try {
      LocalApi.Answer answer = new LocalApi(running.get().port()).get("/v1/status", TIMEOUT);
      List<String> warnings =
          answer.succeeded() ? Json.texts(answer.json(), "warnings") : List.of(answer.errorMessage());
      return warnings.isEmpty() ? Finding.ok("port", "the daemon answers on port " + running.get().port())
          : Finding.warn("port", "the daemon answers, and warns: " + String.join("; ", warnings));
    } catch (IOException silent) {
      return Finding.fail("port", home.silent(running.get()).sentence());
    }
  }

  private void names(Config config, KeyStore.Keys keys) {
    if (config.dnsValidation() == DnsValidation.RESOLVER && config.dnsServers().isEmpty()) {
      findings.add(Finding.fail("dns", "dns_validate is \"resolver\", but dns_servers names none to believe"));
    }
    try {
      NameSystem names = Names.of(config);
      findings.addAll(new DoctorNames(names, config, keys.identity().publicKey()).look());
    } catch (IOException unusable) {
      findings.add(Finding.fail("dns", String.valueOf(unusable.getMessage())));
    }
  }
}
