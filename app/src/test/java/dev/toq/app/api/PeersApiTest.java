package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.toq.app.TestAgent;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Peers and keys over HTTP, asked of a running agent. */
@Timeout(60)
class PeersApiTest {
  private static final String HERE = "toq://192.0.2.7:7001/known";
  private static final RawIdentity FIRST = RawIdentity.of("toq://localhost/first").claiming(HERE);
  private static final RawIdentity SECOND = RawIdentity.of("toq://localhost/second").claiming(HERE);

  @TempDir Path home;
  private final HttpClient http = HttpClient.newHttpClient();
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open"));
  }

  @AfterEach
  void stop() throws Exception {
    http.close();
    agent.close();
  }

  private HttpResponse<String> ask(String method, String path, String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + agent.port() + path))
        .method(method, HttpRequest.BodyPublishers.ofString(body));
    return http.send(body.isEmpty() ? request.build() : request.header("Content-Type", "application/json").build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonObject good(String method, String path, String body) throws Exception {
    HttpResponse<String> answer = ask(method, path, body);
    assertEquals(200, answer.statusCode(), answer.body());
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private void meet(RawIdentity identity) throws Exception {
    try (RawPeer peer = RawPeer.active(identity, "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"hello\"}"));
    }
  }

  private void refused(RawIdentity identity) throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(identity, "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials();
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("R-27.5-03: GET /v1/peers shows who is known and connected, whose an address is, and what was refused")
  void list() throws Exception {
    try (RawPeer peer = RawPeer.active(FIRST, "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"hello\"}"));
      JsonObject known = good("GET", "/v1/peers", "").getAsJsonArray("peers").get(0).getAsJsonObject();
      assertEquals("connected", known.get("status").getAsString());
      assertEquals(FIRST.publicKey(), known.get("public_key").getAsString());
      assertEquals(HERE, known.get("address").getAsString());
      assertEquals("weak", known.getAsJsonArray("pins").get(0).getAsJsonObject().get("strength").getAsString());
    }
    refused(SECOND);
    JsonObject refusal = good("GET", "/v1/peers", "").getAsJsonArray("refused").get(0).getAsJsonObject();
    assertEquals("changed_key", refusal.get("reason").getAsString());
    assertEquals("toq peers accept " + HERE + " " + SECOND.publicKey(), refusal.get("command").getAsString());
    assertEquals(FIRST.publicKey(), refusal.get("belongs_to").getAsString());
    assertTrue(good("GET", "/v1/status", "").getAsJsonArray("warnings").get(0).getAsString()
        .contains(refusal.get("fingerprint").getAsString()));
  }

  @Test
  @DisplayName("A peer is shown and forgotten by key, fingerprint or address, and an address given to another key")
  void change() throws Exception {
    meet(FIRST);
    for (String name : new String[] {FIRST.publicKey(), FIRST.publicKey().substring(8, 20), HERE}) {
      assertEquals(FIRST.publicKey(), good("GET", "/v1/peers/" + encoded(name), "").get("public_key").getAsString());
    }
    assertEquals(404, ask("GET", "/v1/peers/" + encoded(SECOND.publicKey()), "").statusCode());
    assertEquals(400, ask("GET", "/v1/peers/" + encoded("toq://nothing"), "").statusCode());
    JsonObject accepted = good("POST", "/v1/peers/accept",
        "{\"address\":\"" + HERE + "\",\"public_key\":\"" + SECOND.publicKey() + "\"}");
    assertEquals(FIRST.publicKey(), accepted.getAsJsonArray("replaced").get(0).getAsString());
    meet(SECOND);
    refused(FIRST);
    good("DELETE", "/v1/peers/" + encoded(HERE), "");
    assertEquals(404, ask("DELETE", "/v1/peers/" + encoded("toq://192.0.2.7:7001/none"), "").statusCode());
    meet(FIRST);
    good("DELETE", "/v1/peers/" + encoded(FIRST.publicKey()), "");
    assertEquals(404, ask("GET", "/v1/peers/" + encoded(FIRST.publicKey()), "").statusCode());
    assertEquals(422, ask("POST", "/v1/peers/accept", "{}").statusCode());
    assertEquals(400, ask("POST", "/v1/peers/accept", "{\"address\":\"x\",\"public_key\":\"y\"}").statusCode());
  }

  @Test
  @DisplayName("R-14.4-02: POST /v1/keys/rotate answers with a proof that verifies, and the new key counts at once")
  void rotate() throws Exception {
    String before = good("GET", "/v1/status", "").get("public_key").getAsString();
    JsonObject rotation = good("POST", "/v1/keys/rotate", "");
    String next = rotation.get("new_public_key").getAsString();
    assertEquals(before, rotation.get("old_public_key").getAsString());
    assertNotEquals(before, next);
    assertTrue(RawIdentity.verifies(
        before, Base64.getDecoder().decode(next.substring(8)), rotation.get("rotation_proof").getAsString()));
    assertEquals(next, good("GET", "/v1/status", "").get("public_key").getAsString());
    try (RawPeer peer = RawPeer.active(FIRST, "127.0.0.1", agent.port())) {
      assertEquals(next, peer.peerKey());
    }
    good("POST", "/v1/keys/rotate", "");
  }
}
