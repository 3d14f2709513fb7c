package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigFileTest {
  @TempDir Path folder;

  private Path file(String text) throws IOException {
    Path file = folder.resolve("config.toml");
    Files.writeString(file, text);
    return file;
  }

  private List<String> problems(String text) throws IOException {
    Path file = file(text);
    return assertThrows(ConfigException.class, () -> ConfigFile.load(file)).problems();
  }

  @Test
  @DisplayName("R-25.3-01: the specification's own sample loads verbatim, and all its values are the defaults")
  void specificationSample() throws IOException {
    ConfigFile.Loaded loaded = ConfigFile.load(file(ConfigSample.text()));

    assertEquals(List.of(), loaded.warnings());
    assertEquals(Config.standard().all(), loaded.config().all());
    assertEquals(
        Optional.of(Map.of("callback_url", "http://localhost:8080/toq")), loaded.config().adapterTable("http"));
    assertEquals(Optional.of(Map.of("address", "localhost:50051")), loaded.config().adapterTable("grpc"));
    assertEquals(Optional.of(Map.of("socket_path", "/tmp/toq.sock")), loaded.config().adapterTable("unix"));
  }

  @ParameterizedTest(name = "{0}: key {1} has the default {2}")
  @CsvSource({
    "R-25.3-02, agent_name, agent", "R-25.3-03, host, localhost", "R-25.3-04, port, 9009",
    "R-25.3-05, connection_mode, approval", "R-25.3-06, verbosity, non-technical", "R-25.3-07, log_level, warn",
    "R-25.3-08, accept_files, false", "R-25.3-09, max_file_size, 10485760", "R-25.3-10, max_message_size, 1048576",
    "R-25.3-11, max_connections, 1000", "R-25.3-12, max_threads_per_connection, 100",
    "R-25.3-13, max_message_queue, 10000", "R-25.3-14, max_pending_approvals, 100",
    "R-25.3-15, handshake_timeout, 5", "R-25.3-16, negotiation_timeout, 5", "R-25.3-17, ack_timeout, 10",
    "R-25.3-18, heartbeat_interval, 30", "R-25.3-19, heartbeat_timeout, 90", "R-25.3-20, session_resume_timeout, 300",
    "R-25.3-21, graceful_shutdown_timeout, 60", "R-25.3-22, log_retention_days, 30", "R-25.3-23, log_max_size_mb, 500",
    "R-25.3-24, thread_cleanup_days, 30", "R-25.3-25, mdns_enabled, false", "R-25.3-26, a2a_enabled, false",
    "R-25.3-30, adapter, http", "R-25.3-29, message_history_limit, 1000", "R-24-02, rotation_grace_days, 7"
  })
  void defaults(String requirement, String key, String value) throws IOException {
    assertEquals(value, String.valueOf(ConfigFile.load(file("")).config().all().get(key)), requirement);
  }

  @Test
  @DisplayName("R-25.3-27, R-25.3-28: the A2A key and address are unset")
  void unset() throws IOException {
    Config config = ConfigFile.load(file("")).config();
    assertEquals(Optional.empty(), config.a2aApiKey());
    assertEquals(Optional.empty(), config.a2aPublicUrl());
    assertEquals(Optional.empty(), config.bind());
    assertEquals(Optional.empty(), config.adapterTable("http"), "the adapter is active only if its table is there");
  }

  @Test
  @DisplayName("R-24-01: every timeout that is written acts as a duration, and every number as itself")
  void typed() throws IOException {
    Config config = ConfigFile.load(file("""
            handshake_timeout = 1
            negotiation_timeout = 2
            ack_timeout = 3
            heartbeat_interval = 4
            heartbeat_timeout = 5
            session_resume_timeout = 6
            graceful_shutdown_timeout = 7
            connect_timeout = 8
            write_timeout = 9
            dedup_window = 300
            max_backpressure = 11
            health_check_interval = 12
            outbox_expiry = 13
            max_outbox = 14
            max_outbox_mb = 15
            outbox_history_limit = 16
            blocked_content_types = ["text/html", 'a\\b']
            bind = "0.0.0.0"
            connection_mode = "dns-verified"
            rate_limit_loopback = true
            log_max_size_mb = 1
            """)).config();

    assertEquals(
        List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 300L, 11L, 12L, 13L),
        List.of(
                config.handshakeTimeout(), config.negotiationTimeout(), config.ackTimeout(), config.heartbeatInterval(),
                config.heartbeatTimeout(), config.sessionResumeTimeout(), config.gracefulShutdownTimeout(),
                config.connectTimeout(), config.writeTimeout(), config.dedupWindow(), config.maxBackpressure(),
                config.healthCheckInterval(), config.outboxExpiry()).stream().map(Duration::toSeconds).toList());
    assertEquals(List.of("text/html", "a\\b"), config.blockedContentTypes());
    assertEquals(Optional.of("0.0.0.0"), config.bind());
    assertEquals(Config.ConnectionMode.DNS_VERIFIED, config.connectionMode());
    assertEquals("dns-verified", config.connectionMode().wire());
    assertTrue(config.rateLimitLoopback());
    assertEquals(1_000_000, config.logMaxSize());
    assertEquals(14, config.maxOutbox());
    assertEquals(15_000_000, config.maxOutboxBytes());
    assertEquals(16, config.outboxHistoryLimit());
  }

  @Test
  @DisplayName("Name servers are IP addresses with or without a port, and trust anchors a file by its whole path")
  void dns() throws IOException {
    Config config = ConfigFile.load(file("""
        dns_servers = ["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53"]
        dns_validate = "full"
        dns_trust_anchors = "/etc/toq/anchors"
        """)).config();
    assertEquals(List.of("192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53"), config.dnsServers());
    assertEquals(Config.DnsValidation.FULL, config.dnsValidation());
    assertEquals(Optional.of("/etc/toq/anchors"), config.dnsTrustAnchors());
    assertEquals(List.of(), Config.standard().dnsServers());
    assertEquals(Config.DnsValidation.OFF, Config.standard().dnsValidation());
    assertEquals(List.of("1.1.1.1", "::1"), ConfigKey.DNS_SERVERS.typed(" 1.1.1.1, ::1 "));
    for (String bad : List.of("[\"dns.example.com\"]", "[\"localhost\"]", "[\"box.local:53\"]", "[\"192.0.2.1:0\"]",
        "[\"\"]", "[53]", "\"192.0.2.1\"", "[\"1.1.1.1\"" + ", \"1.1.1.1\"".repeat(8) + "]")) {
      assertTrue(
          problems("dns_servers = " + bad).getFirst().contains("dns_servers must be a list of at most 8 servers"), bad);
    }
    assertTrue(problems("dns_trust_anchors = \"anchors\"").getFirst().contains("must be the whole path of a file"));
  }

  @Test
  @DisplayName("Errors of syntax, type and range are all told at once, each with line and column")
  void allAtOnce() throws IOException {
    List<String> problems = problems("""
        agent_name = "Scout"
        host =
          port = "9009"
        connection_mode = "closed"
        ack_timeout = 0
        max_connections = 010
        log_level = "\\q"
        adapter = "http"
        ["adapter.http"]
        callback_url = 5
        """);

    assertEquals(
        List.of(
            "config.toml:1:1: agent_name must be 1 to 63 of a-z, 0-9 and - (not first or last), not \"Scout\"",
            "config.toml:2:6: the key \"host\" has no value",
            "config.toml:3:3: port must be a whole number from 0 to 65535, not \"9009\"",
            "config.toml:4:1: connection_mode must be one of \"open\", \"allowlist\", \"approval\", \"dns-verified\","
                + " not \"closed\"",
            "config.toml:5:1: ack_timeout must be a whole number from 1 to 86400, not 0",
            "config.toml:6:19: a number must not begin with 0: \"010\"",
            "config.toml:7:14: the escape \\q does not exist: a backslash is written \\\\",
            "config.toml:10:1: callback_url must be a text in quotes, not 5"),
        problems);
  }

  @Test
  @DisplayName("R-24-03, A-73: dedup_window has a floor of 300 seconds")
  void floor() throws IOException {
    assertEquals(
        List.of("config.toml:1:1: dedup_window must be a whole number from 300 to 31536000, not 299"),
        problems("dedup_window = 299"));
  }

  @Test
  @DisplayName("An unknown key is kept, and warned about with the nearest known key")
  void unknown() throws IOException {
    Path file = file("""
        # mine
        hots = "example.org" # a slip
        colour = "blue"
        ["adapter.http"]
        callback = "http://localhost:1/x"
        """);

    assertEquals(
        List.of(
            "config.toml:2:1: unknown key \"hots\" is ignored; did you mean \"host\"?",
            "config.toml:3:1: unknown key \"colour\" is ignored",
            "config.toml:5:1: unknown key \"callback\" is ignored"),
        ConfigFile.load(file).warnings());
    ConfigFile.setPort(file, 9010);
    assertTrue(Files.readString(file).contains("hots = \"example.org\" # a slip\ncolour = \"blue\"\n"));
  }

  @Test
  @DisplayName("A heartbeat timeout that is not longer than its interval is warned about")
  void heartbeat() throws IOException {
    assertEquals(1, ConfigFile.load(file("heartbeat_timeout = 30\n")).warnings().size());
  }

  @ParameterizedTest(name = "Hosts: {0} is good: {1}")
  @CsvSource({
    "localhost, true", "example.org, true", "192.0.2.7, true", "::1, true", "[::1], true", "auto, true",
    "example.org:9009, false", "a b, false", "'', false", "user@example.org, false", "example.org/x, false"
  })
  void hosts(String host, boolean good) {
    assertEquals(good, ConfigKey.HOST.complaint(host).isEmpty(), host);
  }

  @Test
  @DisplayName("R-25.2-01: a new file has mode 600, the lines that SDK test suites replace, and lets keys be appended")
  void written() throws IOException {
    Path file = folder.resolve("config.toml");
    Config config = Config.standard().with(ConfigKey.AGENT_NAME, "scout").with(ConfigKey.CONNECTION_MODE, "open");

    ConfigFile.write(file, config);

    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    String text = Files.readString(file);
    assertEquals(2, text.split("(?m)^port = 9009$", -1).length);
    assertEquals(2, text.split("(?m)^a2a_enabled = false$", -1).length);
    assertFalse(text.contains("\n["), "it holds no table");
    assertEquals(config.all(), ConfigFile.load(file).config().all());
    Files.writeString(
        file,
        text.replace("port = 9009", "port = 9123").replace("a2a_enabled = false", "a2a_enabled = true")
            + "a2a_api_key = \"secret\"\n");
    Config edited = ConfigFile.load(file).config();
    assertEquals(9123, edited.port());
    assertTrue(edited.a2aEnabled());
    assertEquals(Optional.of("secret"), edited.a2aApiKey());
  }

  @Test
  @DisplayName("The keys of a new file stand one a line in the deployed reference's order, texts in double quotes")
  void order() {
    List<String> lines = ConfigFile.text(Config.standard()).lines().filter(l -> !l.startsWith("#") && !l.isEmpty())
        .toList();
    assertEquals("agent_name = \"agent\"", lines.getFirst());
    assertEquals("adapter = \"http\"", lines.getLast());
    assertEquals(
        Arrays.stream(ConfigKey.values()).filter(ConfigKey::writtenAtSetup).map(ConfigKey::toml).toList(),
        lines.stream().map(line -> line.substring(0, line.indexOf(' '))).toList());
    assertEquals(26, lines.size());
  }

  @Test
  @DisplayName("Changing one key touches its value only: comments, layout, byte order mark and line ends stay")
  void edit() throws IOException {
    Path file = file("\uFEFF# mine\r\n  port   =  9009   # here\r\nagent_name = 'a'\r\n\r\n"
        + "# about http\r\n[adapter.http]\r\n");

    ConfigFile.set(file, ConfigKey.PORT, 9010L);
    ConfigFile.set(file, ConfigKey.AGENT_NAME, "scout");
    ConfigFile.set(file, ConfigKey.LOG_BODIES, true);

    assertEquals(
        "\uFEFF# mine\r\n  port   =  9010   # here\r\nagent_name = \"scout\"\r\n\r\nlog_bodies = true\r\n"
            + "# about http\r\n[adapter.http]\r\n",
        Files.readString(file));
  }

  @Test
  @DisplayName("A key is added at the end of a file without tables, also where its last line has no end")
  void append() throws IOException {
    Path file = file("port = 1");
    ConfigFile.set(file, ConfigKey.HOST, "example.org");
    assertEquals("port = 1\nhost = \"example.org\"\n", Files.readString(file));
  }

  @Test
  @DisplayName("A value that the key does not take, and a file with errors, leave the file as it was")
  void refusedEdit() throws IOException {
    Path file = file("port = 1\n");
    assertThrows(IllegalArgumentException.class, () -> ConfigFile.set(file, ConfigKey.PORT, 70_000L));
    assertEquals("port = 1\n", Files.readString(file));
    Files.writeString(file, "port = \n");
    assertThrows(ConfigException.class, () -> ConfigFile.setPort(file, 2));
    assertEquals("port = \n", Files.readString(file));
  }

  @Test
  @DisplayName("A link to the configuration stays a link when a value changes")
  void link() throws IOException {
    Path real = folder.resolve("real.toml");
    Files.writeString(real, "port = 1\n");
    Path link = Files.createSymbolicLink(folder.resolve("config.toml"), real);
    ConfigFile.setPort(link, 2);
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("port = 2\n", Files.readString(real));
  }

  @Test
  @DisplayName("A missing file, a folder in its place, broken UTF-8 and an enormous file get a sentence and a hint")
  void unreadable() throws IOException {
    Path missing = folder.resolve("none.toml");
    assertTrue(assertThrows(StoreException.class, () -> ConfigFile.load(missing)).hint().contains("toq setup"));
    assertThrows(StoreException.class, () -> ConfigFile.load(folder));
    Path file = folder.resolve("config.toml");
    Files.write(file, new byte[] {'a', '=', '1', '\n', 'b', (byte) 0xff});
    assertEquals(
        List.of("config.toml:2:2: the bytes here are not UTF-8 text"),
        assertThrows(ConfigException.class, () -> ConfigFile.load(file)).problems());
    Files.write(file, new byte[TomlDocument.MOST_BYTES + 1]);
    assertThrows(StoreException.class, () -> ConfigFile.load(file));
  }

  @Test
  @DisplayName("Adapter tables are read as quoted names, as plain names, and without the key adapter")
  void adapterSpellings() throws IOException {
    for (String text : List.of(
        "adapter = \"http\"\n[\"adapter.http\"]\ncallback_url = \"x\"\n",
        "adapter = \"http\"\n[adapter.http]\ncallback_url = \"x\"\n",
        "[adapter.http]\ncallback_url = \"x\"\n")) {
      ConfigFile.Loaded loaded = ConfigFile.load(file(text));
      assertEquals(Optional.of(Map.of("callback_url", "x")), loaded.config().adapterTable("http"), text);
      assertEquals(List.of(), loaded.warnings(), text);
    }
  }

  @Test
  @DisplayName("A typed value is read without quotes, and refused with a sentence")
  void typedByAPerson() {
    assertEquals(9010L, ConfigKey.PORT.typed("9010"));
    assertEquals(true, ConfigKey.LOG_BODIES.typed("true"));
    assertEquals(List.of("a/b", "c/d"), ConfigKey.BLOCKED_CONTENT_TYPES.typed("a/b, c/d"));
    assertEquals(
        "port must be a whole number from 0 to 65535, not \"x\"",
        assertThrows(IllegalArgumentException.class, () -> ConfigKey.PORT.typed("x")).getMessage());
  }
}
