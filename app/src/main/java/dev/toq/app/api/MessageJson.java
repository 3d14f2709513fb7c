package dev.toq.app.api;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.StoredMessage;

/** A received message as callers see it: absent parts are left out. */
final class MessageJson {
  private MessageJson() {}

  static JsonObject of(StoredMessage message) {
    return JsonObject.builder()
        .put("id", message.id())
        .put("type", message.type())
        .put("from", message.from())
        .put("body", message.body())
        .putText("thread_id", message.threadId())
        .putText("reply_to", message.replyTo())
        .putText("content_type", message.contentType())
        .put("timestamp", message.receivedAt().toString())
        .build();
  }
}
