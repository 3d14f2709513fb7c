package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Approvals, rules and blocks. */
class RulesApiTest {
  private static final String KEY = "ed25519:3CqvoBLs4vCaUxnnx+MbmSSWovAHmhZcB1fJx/xtXkk=";
  private static final String IN_PATH = "ed25519%3A3CqvoBLs4vCaUxnnx%2BMbmSSWovAHmhZcB1fJx%2FxtXkk%3D";
  private static final String RULE = "ByKey[key=" + KEY + "]";
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
  @DisplayName("Requests that wait are listed with their key as id, and a peer's text is escaped")
  void approvals() throws Exception {
    assertEquals("{\"approvals\":[{\"id\":\"" + KEY + "\",\"public_key\":\"" + KEY + "\",\"fingerprint\":"
            + "\"SHA256:HUBmy90MmylAUP4U84u0N2O/kQOlHYTkWmA5LrhYX6c=\","
            + "\"address\":\"toq://new.example/\\\\u001bcarol\","
            + "\"requested_at\":\"2026-11-24T12:01:00Z\"}]}", api.get("/v1/approvals").body());
  }

  @Test
  @DisplayName("Rules are listed with their kind")
  void permissions() throws Exception {
    assertEquals("{\"approved\":[{\"type\":\"key\",\"value\":\"" + KEY + "\"},{\"type\":\"address\",\"value\":"
        + "\"toq://friends.example/*\"}],\"blocked\":[{\"type\":\"address\",\"value\":\"toq://spam.example/*\"}]}",
        api.get("/v1/permissions").body());
  }

  @Test
  @DisplayName("Each change reaches the agent and is answered with an empty 200")
  void changes() throws Exception {
    empty("POST", "/v1/approvals/" + IN_PATH, "{\"decision\":\"approve\"}");
    empty("POST", "/v1/approvals/" + IN_PATH, "{\"decision\":\"deny\"}");
    empty("POST", "/v1/approvals/" + IN_PATH + "/revoke", "");
    empty("POST", "/v1/approvals/" + IN_PATH + "/revoke", "{}");
    empty("POST", "/v1/approve", "{\"key\":\"" + KEY + "\"}");
    empty("POST", "/v1/approve", "{\"from\":\"toq://h/*\",\"key\":\"" + KEY + "\"}");
    empty("POST", "/v1/revoke", "{\"from\":\"toq://h/*\"}");
    empty("POST", "/v1/block", "{\"key\":\"" + KEY + "\"}");
    empty("DELETE", "/v1/block", "{\"key\":\"" + KEY + "\"}");
    empty("POST", "/v1/peers/" + IN_PATH + "/block", "");
    empty("DELETE", "/v1/peers/" + IN_PATH + "/block", "");
    empty("POST", "/v1/block", "{\"key\":\"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}");
    assertEquals(List.of("approve " + RULE, "deny " + KEY, "revoke " + RULE, "revoke " + RULE, "approve " + RULE,
        "approve ByAddress[pattern=toq://h/*]", "revoke ByAddress[pattern=toq://h/*]", "block " + RULE,
        "unblock " + RULE, "block " + RULE, "unblock " + RULE,
        "block ByKey[key=ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=]"), api.agent.deeds);
  }

  @Test
  @DisplayName("A denial of a key that is approved is answered with 409 and says how the approval ends")
  void denialOfTheApproved() throws Exception {
    api.agent.takesNoDenial = true;
    var answer = api.post("/v1/approvals/" + IN_PATH, "{\"decision\":\"deny\"}");
    assertEquals("409 {\"error\":{\"code\":\"already_approved\",\"message\":\"this key is approved, and a denial does"
        + " not end that: revoke the approval, or block the key\"}}", answer.statusCode() + " " + answer.body());
    assertEquals(List.of(), api.agent.deeds);
  }

  private void empty(String method, String path, String body) throws Exception {
    var answer = body.isEmpty() ? api.withoutBody(method, path) : api.withBody(method, path, body);
    assertEquals("200 ", answer.statusCode() + " " + answer.body(), method + " " + path);
    assertEquals(List.of("0"), answer.headers().allValues("Content-Length"));
  }

  @Test
  @DisplayName("What is no key, no decision or no rule is refused and changes nothing")
  void refusals() throws Exception {
    fails(404, "not_found", "/v1/approvals/1", "{\"decision\":\"approve\"}");
    fails(404, "not_found", "/v1/approvals/ed25519%3Aabc/revoke", "");
    fails(400, "invalid_request", "/v1/approvals/" + IN_PATH, "{\"decision\":\"maybe\"}");
    fails(422, "invalid_request", "/v1/approvals/" + IN_PATH, "{}");
    fails(422, "invalid_request", "/v1/approvals/" + IN_PATH, "{\"decision\":true}");
    fails(415, "unsupported_media_type", "/v1/approvals/" + IN_PATH, "");
    fails(400, "invalid_request", "/v1/approvals/" + IN_PATH + "/revoke", "{");
    fails(400, "invalid_request", "/v1/peers/nokey/block", "");
    for (String path : List.of("/v1/approve", "/v1/revoke", "/v1/block")) {
      fails(415, "unsupported_media_type", path, "");
      fails(400, "invalid_request", path, "{}");
      fails(400, "invalid_request", path, "{\"key\":\"nokey\"}");
      fails(400, "invalid_request", path, "{\"from\":\"\"}");
      fails(400, "invalid_request", path, "{\"from\":\"toq://h/\\u001b[2J\"}");
      fails(422, "invalid_request", path, "{\"from\":7}");
      fails(422, "invalid_request", path, "[]");
    }
    assertEquals(List.of(), api.agent.deeds);
  }

  private void fails(int status, String code, String path, String body) throws Exception {
    var answer = body.isEmpty() ? api.withoutBody("POST", path) : api.post(path, body);
    assertEquals(status, answer.statusCode(), path + " " + body + " → " + answer.body());
    assertTrue(answer.body().startsWith("{\"error\":{\"code\":\"" + code + "\""), answer.body());
  }

  @Test
  @DisplayName("A change that could not be written is a 500 that says so")
  void disk() throws Exception {
    api.agent.brokenDisk = Optional.of(new IOException("no space left on device"));
    var answer = api.post("/v1/block", "{\"from\":\"*\"}");
    assertEquals("500 {\"error\":{\"code\":\"internal_error\",\"message\":\"the daemon failed: no space left on"
        + " device\"}}", answer.statusCode() + " " + answer.body());
  }
}
