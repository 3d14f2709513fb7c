package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.OutboxEntry;
import dev.toq.store.OutboxKey;
import dev.toq.store.OutboxState;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code GET /v1/outbox}. */
class OutboxApiTest {
  private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
  private static final UUID REFUSED = UUID.fromString("11111111-2222-4333-8444-000000000001");
  private static final UUID WAITING = UUID.fromString("11111111-2222-4333-8444-000000000002");
  private ApiHarness api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiHarness(ApiHarness.QUICK);
    api.agent.outbox.add(new OutboxEntry(
        new OutboxKey(REFUSED, "toq://127.0.0.1:7/bob"), NOON, NOON.plusSeconds(9), 100,
        Optional.of(new OutboxState.Sent(NOON.plusSeconds(1), 2)),
        new OutboxState.Refused(NOON.plusSeconds(2), "ttl_expired", "too late")));
    api.agent.outbox.add(new OutboxEntry(
        new OutboxKey(WAITING, "toq://127.0.0.1:8/carol"), NOON, NOON.plusSeconds(9), 100,
        Optional.empty(), new OutboxState.Accepted(NOON)));
  }

  @AfterEach
  void close() throws IOException {
    api.close();
  }

  @Test
  @DisplayName("A state that does not exist is an error that names those that do")
  void unknownState() throws Exception {
    assertEquals(400, api.get("/v1/outbox?state=nope").statusCode());
    assertTrue(api.get("/v1/outbox?state=nope").body().contains("known: accepted, sent, acked"));
    for (String word : OutboxState.WORDS) {
      assertEquals(200, api.get("/v1/outbox?state=" + word).statusCode(), word);
    }
  }

  @Test
  @DisplayName("A-19: each message is shown with its state, its times and why, and how much is unfinished")
  void shape() throws Exception {
    assertEquals("{\"messages\":[{\"id\":\"" + REFUSED + "\",\"to\":\"toq://127.0.0.1:7/bob\",\"state\":\"refused\","
        + "\"at\":\"2026-11-24T12:00:02Z\",\"transmissions\":2,\"created_at\":\"2026-11-24T12:00:00Z\","
        + "\"expires_at\":\"2026-11-24T12:00:09Z\",\"sent_at\":\"2026-11-24T12:00:01Z\",\"code\":\"ttl_expired\","
        + "\"reason\":\"too late\"}],\"unfinished\":6,\"unfinished_bytes\":4000}",
        api.get("/v1/outbox?state=refused").body());
  }

  @Test
  @DisplayName("the list can be asked for one id, one state or one recipient")
  void filters() throws Exception {
    assertTrue(api.get("/v1/outbox?id=" + WAITING).body().contains("\"state\":\"accepted\""));
    assertTrue(!api.get("/v1/outbox?id=" + WAITING).body().contains(REFUSED.toString()));
    assertTrue(!api.get("/v1/outbox?to=carol").body().contains(REFUSED.toString()));
    assertEquals(400, api.get("/v1/outbox?limit=0").statusCode());
  }

  @Test
  @DisplayName("R-12.8-01: one message is shown with an entry for each recipient; an unknown id is a 404")
  void one() throws Exception {
    api.agent.outbox.add(new OutboxEntry(
        new OutboxKey(WAITING, "toq://127.0.0.1:9/dan"), NOON, NOON.plusSeconds(9), 100,
        Optional.empty(), new OutboxState.Acked(NOON)));
    String body = api.get("/v1/outbox/" + WAITING).body();
    assertTrue(body.startsWith("{\"id\":\"" + WAITING + "\",\"recipients\":[{"), body);
    assertTrue(body.contains("carol\",\"state\":\"accepted\"") && body.contains("dan\",\"state\":\"acked\""), body);
    assertEquals(404, api.get("/v1/outbox/11111111-2222-4333-8444-000000000009").statusCode());
    assertEquals(404, api.get("/v1/outbox/nonsense").statusCode());
  }

  @Test
  @DisplayName("A-64: a message is taken back for all recipients or some; what has ended is a 409 that says how")
  void cancel() throws Exception {
    assertEquals(200, api.withoutBody("DELETE", "/v1/outbox/" + WAITING + "?to=carol").statusCode());
    assertEquals(404, api.withoutBody("DELETE", "/v1/outbox/" + WAITING + "?to=nobody").statusCode());
    var ended = api.withoutBody("DELETE", "/v1/outbox/" + REFUSED);
    assertEquals(409, ended.statusCode());
    assertTrue(ended.body().contains("\"state\":\"refused\""), ended.body());
    api.agent.brokenDisk = Optional.of(new IOException("no space"));
    assertEquals(507, api.withoutBody("DELETE", "/v1/outbox/" + WAITING).statusCode());
    assertEquals(List.of("cancel [toq://127.0.0.1:8/carol]", "cancel []", "cancel [toq://127.0.0.1:7/bob]",
        "cancel [toq://127.0.0.1:8/carol]"), api.agent.deeds);
  }
}
