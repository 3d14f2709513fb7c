package dev.toq.app.cli;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Permissions.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the rule that a command line means: {@code --key}, {@code --from}, or one word that is a public key, the
 * beginning of one, a fingerprint, or a number from a list.
 */
final class RuleChoice {
  private static final int MAX_INDEX_DIGITS = 4;
  private static final String KEY = "ed25519:";

  private final List<Rule> listed;
  private final List<Rule> known;
  private final String lister;

  /**
   * @param listed what the numbers count and the beginnings are looked up in
   * @param lister the command that prints that list
   */
  RuleChoice(List<Rule> listed, String lister) {
    this(listed, List.of(), lister);
  }

  /** @param more what beginnings are looked up in too; no number means one of these, which the list does not show */
  RuleChoice(List<Rule> listed, List<Rule> more, String lister) {
    this.listed = listed;
    this.known = Stream.concat(listed.stream(), more.stream()).toList();
    this.lister = lister;
  }

  /** The rule that flags or the first word name; empty where the command line names none. */
  Optional<Rule> of(Invocation call) throws Failure {
    int named = (call.has("--key") ? 1 : 0) + (call.has("--from") ? 1 : 0) + (call.argument(0).isPresent() ? 1 : 0);
    if (named > 1) {
      throw Failure.usage("more than one agent is named", "give one of <id>, --key and --from");
    }
    if (call.has("--key")) {
      return Optional.of(new Rule.ByKey(Words.key(call.value("--key").orElse(""))));
    }
    if (call.has("--from")) {
      return Optional.of(new Rule.ByAddress(Words.pattern(call.value("--from").orElse(""))));
    }
    Optional<String> word = call.argument(0);
    return word.isEmpty() ? Optional.empty() : Optional.of(named(word.get()));
  }

  /** The rule that one word names. */
  Rule named(String word) throws Failure {
    if (word.equals("*") || word.startsWith("toq://")) {
      return new Rule.ByAddress(Words.pattern(word));
    }
    if (isIndex(word)) {
      int index = Integer.parseInt(word);
      if (index < 1 || index > listed.size()) {
        throw Failure.of("there is no number " + word + " in the list", "\"" + lister + "\" shows the list");
      }
      return listed.get(index - 1);
    }
    if (word.startsWith(KEY) && word.endsWith("=")) {
      return new Rule.ByKey(Words.key(word));
    }
    return new Rule.ByKey(byBeginning(word));
  }

  private PublicKey byBeginning(String word) throws Failure {
    List<PublicKey> found = new ArrayList<>();
    for (Rule rule : known) {
      if (rule instanceof Rule.ByKey(PublicKey key) && key.isMeantBy(word)) {
        found.add(key);
      }
    }
    if (found.size() == 1) {
      return found.getFirst();
    }
    String shown = "\"" + PeerText.shown(word) + "\"";
    String advice = "\"" + lister + "\" shows the list; give a number from it, a key, or a fingerprint";
    throw found.isEmpty()
        ? Failure.of("no agent in the list is called " + shown, advice)
        : Failure.of(found.size() + " agents in the list begin with " + shown, "give more of the key");
  }

  private static boolean isIndex(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) < '0' || word.charAt(i) > '9') {
        return false;
      }
    }
    return !word.isEmpty() && word.length() <= MAX_INDEX_DIGITS;
  }
}
