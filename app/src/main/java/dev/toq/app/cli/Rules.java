package dev.toq.app.cli;

import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The owner's rules, changed through the daemon where one runs, else in their file. */
interface Rules {
  List<Pending> pending() throws IOException, Failure;

  List<Rule> approved() throws IOException, Failure;

  List<Rule> blocked() throws IOException, Failure;

  void approve(Rule rule) throws IOException, Failure;

  void revoke(Rule rule) throws IOException, Failure;

  void block(Rule rule) throws IOException, Failure;

  void unblock(Rule rule) throws IOException, Failure;

  /** Denies the key; false where it is approved, which a denial does not end. */
  boolean deny(PublicKey key) throws IOException, Failure;

  /** The pattern of a rule that covers every address there is. */
  static Optional<String> everybody(Rule rule) {
    return switch (rule) {
      case Rule.ByKey byKey -> Optional.empty();
      case Rule.ByAddress(String pattern) ->
          AddressPattern.coversAll(pattern) ? Optional.of(PeerText.shown(pattern)) : Optional.empty();
    };
  }

  /** As a person reads it: the key, or the pattern. */
  static String shown(Rule rule) {
    return switch (rule) {
      case Rule.ByKey(PublicKey key) -> key.toString();
      case Rule.ByAddress(String pattern) -> PeerText.shown(pattern);
    };
  }
}
