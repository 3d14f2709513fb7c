package dev.toq.protocol.session;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Negotiation (specification section 6), and the answers of an owner who has to approve first (sections 9.4, 16.4).
 *
 * <pre>
 *   initiator                       receiver
 *     request ─── negotiate.request ──▶ receive
 *             ◀── negotiate.response ── respond         versions and features agreed
 *             ◀── negotiate.reject ──── respond         no common version; both close (R-9.2-04)
 *             ◀── approval.request ──── askForApproval  the owner has to decide; both close
 *             ◀── approval.denied ───── deny            both close (R-9.4-04)
 * </pre>
 */
public final class Negotiation {
  private static final Set<MessageType> ANSWERS = Set.of(MessageType.NEGOTIATE_RESPONSE, MessageType.NEGOTIATE_REJECT,
      MessageType.APPROVAL_REQUEST, MessageType.APPROVAL_GRANTED, MessageType.APPROVAL_DENIED);

  private Negotiation() {}

  /** How a request ended. Texts of the peer are escaped and cut. */
  public sealed interface Outcome {
    /**
     * Both sides go on to the cards.
     *
     * @param peerExtras the feature members that specification 0.1 does not know
     */
    record Agreed(
        String version, boolean streaming, Optional<String> compression, boolean endToEnd, JsonObject peerExtras)
        implements Outcome {
      /** Whether the peer announced this one of the features that specification 0.1 does not know. */
      public boolean announces(String feature) {
        return peerExtras.members().get(feature) == JsonBoolean.TRUE;
      }
    }

    /** No common version, or another reason to part. */
    record Rejected(String reason, List<String> supportedVersions) implements Outcome {}

    /** The owner over there has to approve us first; asking again before long is of no use. */
    record ApprovalPending(Optional<String> message) implements Outcome {}

    /** The owner over there said no. */
    record ApprovalDenied(Optional<String> reason) implements Outcome {}
  }

  /** A negotiate.request as received. */
  public record Request(UUID id, List<String> supportedVersions, Features features) implements Opening {}

  /** As initiator: sends our request and reads its answer. After anything but {@code Agreed} the connection closes. */
  public static Outcome request(SetupChannel channel, Features ours)
      throws IOException, ProtocolException, RefusedByPeerException {
    JsonObject body = JsonObject.builder()
        .put("supported_versions", JsonArray.ofTexts(Versions.OURS)) // R-6.2-01, R-9.2-01
        .put("features", channel.bind(ours.toRequest()))
        .build();
    Envelope request = channel.send(stamp -> stamp.envelope(MessageType.NEGOTIATE_REQUEST).withBody(body));
    channel.refersTo(request.id());
    Envelope answer = channel.receive(ANSWERS);
    if (answer.type() == MessageType.APPROVAL_GRANTED) { // R-9.4-02, A-49: the answer to our request then follows
      answer = channel.receive(ANSWERS);
    }
    return switch (answer.type()) {
      case NEGOTIATE_RESPONSE -> agreed(channel, answer, ours);
      case NEGOTIATE_REJECT -> new Outcome.Rejected(
          shown(answer, "reason").orElse("no reason given"), // R-9.2-03
          versions(SetupBodies.members(answer)).stream()
              .limit(16).map(version -> PeerText.shown(version, 32)).toList());
      case APPROVAL_REQUEST -> {
        channel.requireBinding(answer, SetupBodies.members(answer));
        yield new Outcome.ApprovalPending(shown(answer, "message")); // R-16.4-02
      }
      case APPROVAL_DENIED -> new Outcome.ApprovalDenied(shown(answer, "reason"));
      default -> throw new ProtocolException(
          ErrorCode.PROTOCOL_VIOLATION, "The approval was granted twice.").unanswered();
    };
  }

  /** As receiver: reads the initiator's request. */
  public static Request receive(SetupChannel channel)
      throws IOException, ProtocolException, RefusedByPeerException {
    return read(channel, channel.receive(Set.of(MessageType.NEGOTIATE_REQUEST)));
  }

  static Request read(SetupChannel channel, Envelope request) throws ProtocolException {
    JsonObject body = SetupBodies.members(request);
    if (!(body.get("supported_versions").orElse(JsonValue.JsonNull.NULL) instanceof JsonArray)) {
      throw SetupBodies.missing(request, "supported_versions");
    }
    if (!(body.get("features").orElse(JsonValue.JsonNull.NULL) instanceof JsonObject features)) {
      throw SetupBodies.missing(request, "features");
    }
    channel.requireBinding(request, features);
    channel.refersTo(request.id());
    return new Request(request.id(), versions(body), Features.ofRequest(features));
  }

  /**
   * As receiver: answers with what both sides can do, or rejects.
   *
   * @return {@code Agreed} or {@code Rejected}; after the latter the connection closes
   */
  public static Outcome respond(SetupChannel channel, Request request, Features ours) throws IOException {
    Optional<String> version = Versions.highestCommon(request.supportedVersions(), Versions.OURS);
    if (version.isEmpty()) { // R-6.2-03, R-23.1-03
      JsonObject body = JsonObject.builder()
          .put("reason", "no_compatible_version")
          .put("supported_versions", JsonArray.ofTexts(Versions.OURS))
          .build();
      channel.send(stamp -> stamp.envelope(MessageType.NEGOTIATE_REJECT)
          .withReplyTo(request.id().toString()).withBody(body));
      return new Outcome.Rejected("no_compatible_version", Versions.OURS);
    }
    Features theirs = request.features();
    // R-6.3-01, R-6.3-04: never more than the initiator offered
    Outcome.Agreed agreed = new Outcome.Agreed(version.get(), ours.streaming() && theirs.streaming(),
        ours.compression().stream().filter(theirs.compression()::contains).findFirst(), // R-6.3-02
        ours.endToEnd() && theirs.endToEnd(), theirs.extras());
    JsonValue.Builder features = JsonObject.builder()
        .put("streaming", agreed.streaming())
        .putText("compression", agreed.compression()) // left out where there is none
        .put("e2e_encryption", agreed.endToEnd());
    JsonObject body = JsonObject.builder()
        .put("selected_version", agreed.version())
        .put("features", channel.bind(Features.withExtras(features, ours.extrasOf(theirs))))
        .build();
    channel.send(stamp -> stamp.envelope(MessageType.NEGOTIATE_RESPONSE)
        .withReplyTo(request.id().toString()).withBody(body));
    return agreed;
  }

  /** As receiver: tells the initiator that the owner has to decide; the connection closes (R-9.4-01, R-16.4-01). */
  public static void askForApproval(SetupChannel channel, Request request, String message) throws IOException {
    channel.send(stamp -> {
      Envelope ask = SystemMessages.approvalRequest(stamp, request.id(), message);
      return ask.withBody(channel.bind(SetupBodies.members(ask)));
    });
  }

  /** As receiver: tells the initiator that the owner said no; the connection closes (R-9.4-04, R-23.1-15). */
  public static void deny(SetupChannel channel, Request request) throws IOException {
    channel.send(stamp -> SystemMessages.approvalDenied(stamp, request.id()));
  }

  private static Outcome agreed(SetupChannel channel, Envelope answer, Features ours) throws ProtocolException {
    JsonObject body = SetupBodies.members(answer);
    String version = body.text("selected_version").orElseThrow(() -> SetupBodies.missing(answer, "selected_version"));
    if (!Versions.OURS.contains(version)) {
      throw outsideOffer("version");
    }
    if (!(body.get("features").orElse(JsonValue.JsonNull.NULL) instanceof JsonObject features)) { // R-9.2-02
      throw SetupBodies.missing(answer, "features");
    }
    channel.requireBinding(answer, features);
    boolean streaming = Features.isTrue(features, "streaming");
    boolean endToEnd = Features.isTrue(features, "e2e_encryption");
    Optional<String> compression = Features.texts(features.get("compression")).stream().findFirst();
    if (streaming && !ours.streaming() || endToEnd && !ours.endToEnd()
        || compression.isPresent() && !ours.compression().contains(compression.get())) {
      throw outsideOffer("feature");
    }
    return new Outcome.Agreed(version, streaming, compression, endToEnd, Features.extras(features));
  }

  private static ProtocolException outsideOffer(String what) {
    return new ProtocolException(
        ErrorCode.PROTOCOL_VIOLATION, "The answer selects a " + what + " that was not offered.");
  }

  private static List<String> versions(JsonObject body) {
    return Features.texts(body.get("supported_versions").filter(JsonArray.class::isInstance));
  }

  private static Optional<String> shown(Envelope envelope, String name) {
    return SetupBodies.members(envelope).text(name).map(PeerText::shown);
  }
}
