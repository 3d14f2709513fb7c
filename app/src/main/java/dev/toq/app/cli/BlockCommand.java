package dev.toq.app.cli;

import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.List;

/** {@code toq block}: shuts an agent out, whatever else allows it. */
final class BlockCommand {
  private BlockCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Rules rules = Home.of(call).rules();
    Rule rule = new RuleChoice(ApprovalsCommand.keys(rules.pending()), rules.approved(), "toq approvals").of(call)
        .orElseThrow(BlockCommand::nobody);
    Rules.everybody(rule).ifPresent(pattern -> call.terminal().warning(
        pattern + " covers every address there is: nobody gets in, approved or not, until \"toq unblock\""));
    List<Rule> before = rules.blocked();
    rules.block(rule); // R-26.4-05
    call.terminal().line("blocked " + Rules.shown(rule));
    for (Rule with : rules.blocked()) {
      if (!with.equals(rule) && !before.contains(with)) {
        call.terminal().line("blocked " + Rules.shown(with) + ", which was last seen there");
      }
    }
    return Toq.SUCCESS;
  }

  static Failure nobody() {
    return Failure.usage("no agent is named", "give a key, an address, --key or --from");
  }
}
