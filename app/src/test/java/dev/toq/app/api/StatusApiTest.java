package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.Version;
import dev.toq.app.daemon.Agent.Ping;
import dev.toq.app.daemon.Nearby;
import dev.toq.app.daemon.PortMapping;
import dev.toq.app.dns.DnsAnswer;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Status, card, ping and shutdown. */
class StatusApiTest {
  private static final String KEY = TinyAgent.KEY.toString();
  private ApiHarness api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiHarness(ApiHarness.QUICK);
  }

  @AfterEach
  void close() throws IOException {
    api.close();
  }

  @Test
  @DisplayName("Status has every member that callers know, and the port, the process and what needs attention")
  void status() throws Exception {
    assertEquals("{\"status\":\"running\",\"address\":\"toq://localhost/alice\",\"connection_mode\":\"approval\","
        + "\"active_connections\":1,\"messages_in\":2,\"messages_out\":3,\"error_count\":4,"
        + "\"backpressure_active\":true,\"version\":\"" + Version.NUMBER + "\",\"public_key\":\"" + KEY + "\","
        + "\"pid\":4711,\"port\":9009,\"started_at\":\"2026-11-24T12:00:00Z\",\"pending_approvals\":1,"
        + "\"penalised_sources\":5,"
        + "\"port_mapping\":{\"state\":\"off\"},\"warnings\":[\"the disk is nearly full\"]}",
        api.get("/v1/status").body());
  }

  @Test
  @DisplayName("Status tells what the router does: mapped, asked, or why not")
  void portMapping() throws Exception {
    api.agent.portMapping = new PortMapping.Mapped(
        "PCP", Optional.of("203.0.113.7"), 9010, Optional.of(Instant.parse("2026-11-26T13:00:00Z")));
    assertTrue(api.get("/v1/status").body().contains("\"port_mapping\":{\"state\":\"mapped\",\"protocol\":\"PCP\","
        + "\"external_port\":9010,\"external_address\":\"203.0.113.7\",\"expires_at\":\"2026-11-26T13:00:00Z\"}"));
    api.agent.portMapping = new PortMapping.Mapped("UPnP", Optional.empty(), 9009, Optional.empty());
    assertTrue(api.get("/v1/status").body().contains(
        "\"port_mapping\":{\"state\":\"mapped\",\"protocol\":\"UPnP\",\"external_port\":9009}"));
    api.agent.portMapping = new PortMapping.Asking();
    assertTrue(api.get("/v1/status").body().contains("\"port_mapping\":{\"state\":\"asking\"}"));
    api.agent.portMapping = new PortMapping.Failed("no\u0007 answer");
    assertTrue(api.get("/v1/status").body().contains(
        "\"port_mapping\":{\"state\":\"failed\",\"error\":\"no\\\\u0007 answer\"}"));
  }

  @Test
  @DisplayName("Agents near by are listed with the address and the key that they announce, and whether mDNS is on at "
      + "all")
  void nearby() throws Exception {
    assertEquals("{\"agents\":[],\"mdns_enabled\":false}", api.get("/v1/discover/local").body());
    api.agent.nearby = Optional.of(List.of(new Nearby.Found(Address.parse("toq://attic.local:9010/bob"), TinyAgent.KEY,
        List.of(InetAddress.ofLiteral("192.168.1.7")))));
    assertEquals("{\"agents\":[{\"address\":\"toq://attic.local:9010/bob\",\"public_key\":\""
        + KEY.substring("ed25519:".length()) + "\"}],\"mdns_enabled\":true}", api.get("/v1/discover/local").body());
  }

  @Test
  @DisplayName("The card always has capabilities and the connection mode")
  void card() throws Exception {
    assertEquals("{\"name\":\"alice\",\"public_key\":\"" + KEY + "\",\"protocol_version\":\"0.1\","
        + "\"accept_files\":false,\"max_message_size\":1048576,\"capabilities\":[],\"connection_mode\":\"approval\"}",
        api.get("/v1/card").body());
  }

  @Test
  @DisplayName("A ping tells name and key of an agent that answers, and why one does not, both with 200")
  void ping() throws Exception {
    String request = "{\"address\":\"toq://127.0.0.1:7/bob\"}";
    assertEquals("{\"agent_name\":\"bob\",\"address\":\"toq://127.0.0.1:7/bob\",\"public_key\":\"" + KEY
        + "\",\"reachable\":true}", api.post("/v1/ping", request).body());
    api.agent.ping = new Ping.Unreached("nobody\u0007 answers");
    assertEquals("{\"agent_name\":\"bob\",\"address\":\"toq://127.0.0.1:7/bob\",\"public_key\":null,"
        + "\"reachable\":false,\"error\":\"nobody\\\\u0007 answers\"}", api.post("/v1/ping", request).body());
    assertEquals(400, api.post("/v1/ping", "{\"address\":\"bob\"}").statusCode());
    assertEquals(422, api.post("/v1/ping", "{}").statusCode());
  }

  @Test
  @DisplayName("R-19.3-01: the agents of a domain, with what went wrong where there are none, always with 200")
  void discover() throws Exception {
    assertEquals("{\"agents\":[]}", api.get("/v1/discover?host=Example.com").body());
    api.agent.discovered = new DnsAnswer.Found<>(
        List.of(new DnsRecord(TinyAgent.KEY, OptionalInt.of(7070), "bob")), true, Duration.ofSeconds(60));
    assertEquals("{\"agents\":[{\"address\":\"toq://example.com:7070/bob\",\"public_key\":\""
        + KEY.substring("ed25519:".length()) + "\",\"key\":\"" + KEY + "\"}],\"signed\":true}",
        api.get("/v1/discover?host=example.com").body());
    api.agent.discovered = new DnsAnswer.Bogus<>("SERVFAIL: \u001b[31m");
    assertEquals(
        "{\"agents\":[],\"error\":\"the records of example.com are not to be trusted: SERVFAIL: \\\\u001b[31m\"}",
        api.get("/v1/discover?host=example.com").body());
    api.agent.discovered = new DnsAnswer.Unanswered<>("nobody answers");
    assertEquals("{\"agents\":[],\"error\":\"nobody answers\"}", api.get("/v1/discover?host=example.com").body());
    assertEquals("discover example.com", api.agent.deeds.getFirst());
    assertEquals(400, api.get("/v1/discover").statusCode());
    assertEquals(400, api.get("/v1/discover?host=exa%20mple.com").statusCode());
  }

  @Test
  @DisplayName("Shutdown needs no body, is answered, and then done")
  void shutdown() throws Exception {
    assertEquals(200, api.withoutBody("POST", "/v1/daemon/shutdown").statusCode());
    assertTrue(api.agent.shutdown.await(5, TimeUnit.SECONDS));
    assertEquals(200, api.post("/v1/daemon/shutdown", "{\"graceful\":false}").statusCode());
    api.agent.awaitDeeds(2);
    assertEquals(List.of("shutdown graceful=true", "shutdown graceful=false"), api.agent.deeds);
    assertEquals(422, api.post("/v1/daemon/shutdown", "{\"graceful\":\"no\"}").statusCode());
    assertEquals(400, api.post("/v1/daemon/shutdown", "{").statusCode());
    assertEquals(2, api.agent.deeds.size());
  }
}
