package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.daemon.Agent.Paired;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.session.InviteCode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Invitations over the local API. */
class InvitesApiTest {
  private static final Invitation INVITATION = new Invitation(Address.parse("toq://example.org:7001/alice"),
      TinyAgent.KEY.fingerprint(), InviteCode.create(new Random(3)), Instant.parse("2026-11-24T12:10:00Z"));
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
  @DisplayName("An invitation is made for ten minutes or as asked, and where too many are open the caller is told")
  void invite() throws Exception {
    assertEquals(429, api.post("/v1/invites", "{}").statusCode());
    api.agent.invitation = Optional.of(INVITATION);
    assertEquals("{\"link\":\"" + INVITATION.link() + "\",\"address\":\"toq://example.org:7001/alice\","
        + "\"fingerprint\":\"" + TinyAgent.KEY.fingerprint() + "\",\"expires_at\":\"2026-11-24T12:10:00Z\","
        + "\"expires_in\":600}", api.post("/v1/invites", "{}").body());
    assertEquals(200, api.post("/v1/invites", "{\"expires_in\":10}").statusCode());
    for (String wrong : List.of("9", "86401", "\"600\"", "1.5", "-600", "99999999999999999999")) {
      assertEquals(400, api.post("/v1/invites", "{\"expires_in\":" + wrong + "}").statusCode(), wrong);
    }
    assertEquals(List.of("invite PT10M", "invite PT10M", "invite PT10S"), api.agent.deeds);
  }

  @Test
  @DisplayName("A link is used, and what hinders it is said")
  void accept() throws Exception {
    String request = "{\"link\":\" " + INVITATION.link() + " \"}";
    HttpResponse<String> failed = api.post("/v1/invites/accept", request);
    assertEquals(502, failed.statusCode());
    assertEquals("{\"error\":{\"code\":\"not_paired\",\"message\":\"nobody there\"}}", failed.body());
    api.agent.paired = new Paired.With(INVITATION.address(), TinyAgent.KEY);
    assertEquals("{\"address\":\"toq://example.org:7001/alice\",\"public_key\":\"" + TinyAgent.KEY
        + "\",\"fingerprint\":\"" + TinyAgent.KEY.fingerprint() + "\"}",
        api.post("/v1/invites/accept", request).body());
    for (String wrong : List.of("", "x", INVITATION.link() + "x", "toq-invite:1/", "\\u0000", "/".repeat(5000))) {
      HttpResponse<String> answer = api.post("/v1/invites/accept", "{\"link\":\"" + wrong + "\"}");
      assertEquals(400, answer.statusCode(), answer.body());
      assertTrue(answer.body().contains("invite"), answer.body());
    }
    assertEquals(422, api.post("/v1/invites/accept", "{}").statusCode());
    assertEquals(2, api.agent.deeds.size());
  }
}
