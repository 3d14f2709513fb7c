package dev.toq.app.cli;

import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.List;

/** {@code toq revoke}: takes an approval back. */
final class RevokeCommand {
  private RevokeCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Rules rules = Home.of(call).rules();
    List<Rule> approved = rules.approved();
    Rule rule = new RuleChoice(approved, "toq permissions").of(call).orElseThrow(BlockCommand::nobody);
    if (!approved.contains(rule)) {
      throw Failure.of(Rules.shown(rule) + " is not approved", "\"toq permissions\" shows the approvals");
    }
    rules.revoke(rule); // R-26.4-04
    call.terminal().line("revoked " + Rules.shown(rule));
    return Toq.SUCCESS;
  }
}
