package dev.toq.app.cli;

import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code toq block}: shuts an agent out, whatever else allows it. */
final class BlockCommand {
  private BlockCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Rules rules = Home.of(call).rules();
    List<Rule> known = new ArrayList<>(ApprovalsCommand.keys(rules.pending()));
    known.addAll(rules.approved());
    Rule rule = new RuleChoice(known, "toq approvals").of(call).orElseThrow(BlockCommand::nobody);
    rules.block(rule); // R-26.4-05
    call.terminal().line("blocked " + Rules.shown(rule));
    return Toq.SUCCESS;
  }

  static Failure nobody() {
    return Failure.usage("no agent is named", "give a key, an address, --key or --from");
  }
}
