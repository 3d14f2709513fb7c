package dev.toq.protocol.envelope;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.Signatures;
import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Envelope to the payload of one frame, specification sections 4.1, 4.4 and 13.3. */
public final class EnvelopeCodec {
  private static final byte[] BEFORE_SIGNATURE = ",\"signature\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] AFTER_SIGNATURE = "\"}".getBytes(StandardCharsets.US_ASCII);

  private EnvelopeCodec() {}

  /**
   * Signs and serialises: the canonical bytes with the member {@code signature} added at their end. Numbers are
   * written so that the deployed reference reads what the caller meant; what is signed is their canonical form.
   *
   * @return the payload of one frame, in UTF-8
   */
  public static byte[] seal(Envelope envelope, Identity identity) {
    JsonObject members = toJson(envelope);
    byte[] wire = CanonicalJson.bytes(members, Numbers.WIRE);
    byte[] signed = CanonicalJson.hasFloats(members) ? CanonicalJson.bytes(members, Numbers.SIGNED) : wire;
    byte[] signature = Signatures.text(identity.sign(signed)).getBytes(StandardCharsets.US_ASCII);
    return withSignature(wire, signature);
  }

  /**
   * The members that go on the wire, without {@code signature}: never {@code null}, never unknown ones, addresses in
   * their normalised spelling and the id in lower case, because the reference prints them so before it verifies
   * (A-22, A-23).
   */
  public static JsonObject toJson(Envelope envelope) {
    JsonObject.Builder members = JsonObject.builder();
    envelope.body().filter(body -> body != JsonNull.NULL).ifPresent(body -> members.put("body", body));
    members.putText("compression", envelope.compression())
        .putText("content_type", envelope.contentType())
        .putText("e2e_nonce", envelope.e2eNonce())
        .put("from", envelope.from().toString())
        .put("id", envelope.id().toString())
        .putText("priority", envelope.priority())
        .putText("reply_to", envelope.replyTo())
        .put("sequence", envelope.sequence())
        .putText("thread_id", envelope.threadId())
        .put("timestamp", envelope.timestamp())
        .put("to", new JsonArray(envelope.to().stream().<JsonValue>map(to -> new JsonString(to.toString())).toList()));
    envelope.ttl().ifPresent(ttl -> members.put("ttl", ttl));
    return members.put("type", envelope.type().wire()).put("version", Spec.VERSION).build(); // R-4.2-01
  }

  private static byte[] withSignature(byte[] object, byte[] signature) {
    int open = object.length - 1;
    byte[] payload =
        Arrays.copyOf(object, open + BEFORE_SIGNATURE.length + signature.length + AFTER_SIGNATURE.length);
    System.arraycopy(BEFORE_SIGNATURE, 0, payload, open, BEFORE_SIGNATURE.length);
    System.arraycopy(signature, 0, payload, open + BEFORE_SIGNATURE.length, signature.length); // R-4.4-02
    System.arraycopy(AFTER_SIGNATURE, 0, payload, payload.length - AFTER_SIGNATURE.length, AFTER_SIGNATURE.length);
    return payload;
  }
}
