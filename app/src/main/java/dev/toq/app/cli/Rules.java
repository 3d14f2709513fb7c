package dev.toq.app.cli;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.List;

/** The owner's rules, changed through the daemon where one runs, else in their file. */
interface Rules {
  List<Pending> pending() throws IOException, Failure;

  List<Rule> approved() throws IOException, Failure;

  List<Rule> blocked() throws IOException, Failure;

  void approve(Rule rule) throws IOException, Failure;

  void revoke(Rule rule) throws IOException, Failure;

  void block(Rule rule) throws IOException, Failure;

  void unblock(Rule rule) throws IOException, Failure;

  void deny(PublicKey key) throws IOException, Failure;

  /** As a person reads it: the key, or the pattern. */
  static String shown(Rule rule) {
    return switch (rule) {
      case Rule.ByKey(PublicKey key) -> key.toString();
      case Rule.ByAddress(String pattern) -> PeerText.shown(pattern);
    };
  }
}
