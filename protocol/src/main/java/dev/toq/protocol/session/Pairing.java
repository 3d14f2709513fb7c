package dev.toq.protocol.session;

import dev.toq.protocol.session.InviteCode.ProofKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictBase64;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a caller shows in its negotiation that it has an invitation, an extension of toq 0.1: one more member of
 * {@code features}, which peers that do not know it ignore (specification section 6.3).
 *
 * <pre>
 *   initiator                                                   receiver
 *     asking  ─── negotiate.request  "pairing": {"invite", "proof"} ──▶ asked, proves
 *             ◀── negotiate.response "pairing": true ────────────────── granted: the initiator is let in from now on
 * </pre>
 *
 * The proof is a HMAC under the code, over both keys and both values that tie the envelopes to this one TLS connection
 * . So it says nothing about the code, is worth nothing on any other connection, and nobody can relay it. Neither
 * side counts it where the other is not bound to the connection.
 */
public final class Pairing {
  /** The member of {@code features}. */
  public static final String MEMBER = "pairing";

  private static final String INVITE = "invite";
  private static final String PROOF = "proof";

  private Pairing() {}

  /**
   * What an initiator shows.
   *
   * @param invite the name of a code
   */
  public record Asked(String invite, String proof) {}

  /** As initiator: what we offer, and the proof that we have this code. */
  public static Features asking(SetupChannel channel, Features ours, InviteCode code) {
    JsonObject asked = JsonObject.builder()
        .put(INVITE, code.name())
        .put(PROOF, StrictBase64.encode(code.proofKey().proofOf(channel.pairingStatement(true))))
        .build();
    return with(ours, asked);
  }

  /** As receiver: what the initiator shows, where it shows anything. */
  public static Optional<Asked> asked(Negotiation.Request request) {
    return request.features().extras().get(MEMBER).map(member -> member instanceof JsonObject asked
        ? new Asked(asked.text(INVITE).orElse(""), asked.text(PROOF).orElse("")) : new Asked("", ""));
  }

  /** As receiver: whether the proof was made on this connection, by the peer, with the code of this key. */
  public static boolean proves(SetupChannel channel, Asked asked, ProofKey key) {
    return channel.isBound() && StrictBase64.decode(asked.proof())
        .filter(proof -> MessageDigest.isEqual(proof, key.proofOf(channel.pairingStatement(false)))).isPresent();
  }

  /** As receiver: what we answer to a proof that holds. */
  public static Features granted(Features ours) {
    return with(ours, JsonBoolean.TRUE);
  }

  /** As initiator: whether the receiver has taken the proof. */
  public static boolean isGranted(SetupChannel channel, Negotiation.Outcome.Agreed agreed) {
    return channel.isBound() && agreed.announces(MEMBER);
  }

  private static Features with(Features ours, JsonValue pairing) {
    Map<String, JsonValue> extras = new LinkedHashMap<>(ours.extras().members());
    extras.put(MEMBER, pairing);
    return new Features(ours.streaming(), ours.compression(), ours.endToEnd(), new JsonObject(extras));
  }
}
