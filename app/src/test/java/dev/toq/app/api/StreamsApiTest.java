package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.OutgoingStreams.Step;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The shapes of {@code /v1/stream/…}. */
class StreamsApiTest {
  private static final UUID STREAM = UUID.fromString("11111111-2222-4333-8444-000000000007");
  private static final String ID = "\"stream_id\":\"" + STREAM + "\"";
  private ApiHarness api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiHarness(ApiHarness.QUICK);
  }

  @AfterEach
  void close() throws IOException {
    api.close();
  }

  private HttpResponse<String> answer(Step step, String path, String json) throws Exception {
    api.agent.streams.step = step;
    return api.post("/v1/stream/" + path, json);
  }

  @Test
  @DisplayName("R-27.5-03: what is asked reaches the agent, and is answered in the reference's shapes")
  void shapes() throws Exception {
    assertEquals("{\"stream_id\":\"" + STREAM + "\",\"thread_id\":\"t\"}",
        answer(new Step.Started(STREAM, "t"), "start", "{\"to\":\"toq://h/a\",\"thread_id\":\"t\"}").body());
    assertEquals("{\"chunk_id\":\"" + TinyAgent.ID + "\",\"status\":\"sent\"}",
        answer(new Step.Written(TinyAgent.ID), "chunk", "{" + ID + ",\"text\":\"x\"}").body());
    assertEquals("{\"chunk_id\":\"" + TinyAgent.ID + "\",\"status\":\"delivered\"}",
        answer(new Step.Delivered(TinyAgent.ID, Optional.empty()), "end", "{" + ID + "}").body());
    assertEquals("{\"chunk_id\":\"" + TinyAgent.ID + "\",\"status\":\"delivered\",\"close_error\":\"full\"}",
        answer(new Step.Delivered(TinyAgent.ID, Optional.of(new Outcome.NoRoom("full"))), "end?timeout=3",
            "{" + ID + ",\"data\":[1],\"close_thread\":true}").body());
    assertEquals("{" + ID + ",\"status\":\"cancelled\"}",
        answer(new Step.Cancelled(), "cancel", "{" + ID + "}").body());
    assertEquals(List.of("start toq://h/a t -", "chunk " + STREAM + " {\"text\":\"x\"} 30",
        "end " + STREAM + " - false 30", "end " + STREAM + " [1] true 3", "cancel " + STREAM), api.agent.deeds);
  }

  @Test
  @DisplayName("a stream that is over is told with the code and the reason, and that nothing of it is delivered")
  void over() throws Exception {
    HttpResponse<String> answer =
        answer(new Step.Over("resource_exhausted", "full"), "chunk", "{" + ID + ",\"text\":\"x\"}");
    assertEquals(502, answer.statusCode());
    assertEquals("{\"error\":{\"code\":\"resource_exhausted\",\"message\":\"the stream is over, and nothing of it is "
        + "delivered: full\"}}", answer.body());
  }

  @Test
  @DisplayName("where nobody knows whether the end arrived, it is a 504 that says so")
  void unknown() throws Exception {
    HttpResponse<String> lost = answer(new Step.Unknown(TinyAgent.ID, "lost"), "end", "{" + ID + "}");
    assertEquals(504, lost.statusCode());
    assertTrue(lost.body().contains("\"status\":\"unknown\""), lost.body());
    HttpResponse<String> late = answer(new Step.Unanswered(TinyAgent.ID), "end", "{" + ID + "}");
    assertEquals(504, late.statusCode());
    assertTrue(late.body().contains("\"status\":\"sent\""), late.body());
    assertEquals(409, answer(new Step.Unanswered(TinyAgent.ID), "cancel", "{" + ID + "}").statusCode());
  }

  @Test
  @DisplayName("every other outcome has its status")
  void statuses() throws Exception {
    String chunk = "{" + ID + ",\"text\":\"x\"}";
    assertEquals(404, answer(new Step.NotFound(), "chunk", chunk).statusCode());
    assertEquals(413, answer(new Step.TooLarge(9, 5), "chunk", chunk).statusCode());
    assertEquals(429, answer(new Step.TooMany("16"), "start", "{\"to\":\"toq://h/a\"}").statusCode());
    assertEquals(502, answer(new Step.NotReachable("no"), "start", "{\"to\":\"toq://h/a\"}").statusCode());
    assertEquals(400, answer(new Step.SelfMessage(), "start", "{\"to\":\"toq://h/a\"}").statusCode());
    assertEquals(503, answer(new Step.Held("busy"), "chunk", chunk).statusCode());
    assertEquals(502, answer(new Step.Cancelled(), "chunk", chunk).statusCode());
  }

  @Test
  @DisplayName("a request without its members, or with a bad one, is told what is wrong")
  void badRequests() throws Exception {
    assertEquals(422, api.post("/v1/stream/start", "{}").statusCode());
    assertEquals(400, api.post("/v1/stream/start", "{\"to\":\"nonsense\"}").statusCode());
    assertEquals(422, api.post("/v1/stream/chunk", "{" + ID + "}").statusCode());
    assertEquals(422, api.post("/v1/stream/chunk", "{" + ID + ",\"text\":7}").statusCode());
    assertEquals(400, api.post("/v1/stream/chunk", "{" + ID + ",\"text\":\"a\",\"data\":1}").statusCode());
    assertEquals(404, api.post("/v1/stream/chunk", "{\"stream_id\":\"none\",\"text\":\"a\"}").statusCode());
    assertEquals(400, api.post("/v1/stream/end?timeout=0", "{" + ID + "}").statusCode());
    assertEquals(List.of(), api.agent.deeds);
  }
}
