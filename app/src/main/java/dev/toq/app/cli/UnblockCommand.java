package dev.toq.app.cli;

import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.List;

/** {@code toq unblock}: lifts a block. */
final class UnblockCommand {
  private UnblockCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Rules rules = Home.of(call).rules();
    List<Rule> blocked = rules.blocked();
    Rule rule = new RuleChoice(blocked, "toq permissions").of(call).orElseThrow(BlockCommand::nobody);
    if (!blocked.contains(rule)) {
      throw Failure.of(Rules.shown(rule) + " is not blocked", "\"toq permissions\" shows the blocks");
    }
    rules.unblock(rule); // R-26.4-06
    call.terminal().line("unblocked " + Rules.shown(rule));
    if (rule instanceof Rule.ByAddress && rules.blocked().stream().anyMatch(Rule.ByKey.class::isInstance)) {
      call.terminal().warning("keys that were blocked with it stay blocked; \"toq permissions\" shows them");
    }
    return Toq.SUCCESS;
  }
}
