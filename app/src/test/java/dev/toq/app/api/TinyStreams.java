package dev.toq.app.api;

import dev.toq.app.daemon.OutgoingStreams;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The streams of {@link TinyAgent}: each step is written down and answered with what the test says. */
final class TinyStreams implements OutgoingStreams {
  private final List<String> deeds;
  volatile Step step = new Step.NotFound();

  TinyStreams(List<String> deeds) {
    this.deeds = deeds;
  }

  @Override
  public Step start(Address to, Optional<String> threadId, Optional<String> contentType) {
    return done("start " + to + " " + threadId.orElse("-") + " " + contentType.orElse("-"));
  }

  @Override
  public Step chunk(UUID streamId, JsonValue data, Duration timeout) {
    return done("chunk " + streamId + " " + json(data) + " " + timeout.toSeconds());
  }

  @Override
  public Step end(UUID streamId, Optional<JsonValue> data, boolean closeThread, Duration timeout) {
    return done("end " + streamId + " " + data.map(TinyStreams::json).orElse("-") + " " + closeThread + " "
        + timeout.toSeconds());
  }

  @Override
  public Step cancel(UUID streamId) {
    return done("cancel " + streamId);
  }

  private Step done(String deed) {
    deeds.add(deed);
    return step;
  }

  private static String json(JsonValue value) {
    return new String(StrictJson.write(value), StandardCharsets.UTF_8);
  }
}
