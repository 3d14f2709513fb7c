package dev.toq.app.cli;

import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** {@code toq approve}: lets an agent in that waits, or one that has not come yet. */
final class ApproveCommand {
  private ApproveCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Rules rules = Home.of(call).rules();
    List<Pending> pending = rules.pending();
    RuleChoice choice = new RuleChoice(ApprovalsCommand.keys(pending), "toq approvals");
    Optional<Rule> named = choice.of(call);
    Rule rule = named.isPresent() ? named.get() : asked(call, pending, choice);
    if (rule instanceof Rule.ByAddress && !call.has("--from")) {
      throw Failure.usage(
          "an address is not an id: anyone can claim it",
          "approve by number or key from \"toq approvals\", or all who prove the address with --from");
    }
    Rules.everybody(rule).ifPresent(pattern -> call.terminal().warning(
        pattern + " covers every address there is: whoever proves any address gets in"));
    rules.approve(rule); // R-26.4-02
    call.terminal().line("approved " + Rules.shown(rule));
    if (rule instanceof Rule.ByAddress) {
      //
      call.terminal()
          .warning("an address is only claimed by who connects; the rule lets in only keys that are bound to it");
    }
    if (rules.blocked().contains(rule)) {
      call.terminal().warning("a block stands above an approval; \"toq unblock\" lifts it");
    }
    return Toq.SUCCESS;
  }

  private static Rule asked(Invocation call, List<Pending> pending, RuleChoice choice) throws Failure {
    if (pending.isEmpty()) {
      throw Failure.of("nobody waits for approval", "approve in advance with --key; \"toq help approve\" shows how");
    }
    if (!call.environment().questions().atTerminal()) {
      throw Failure.usage(
          "which one? " + pending.size() + " wait for approval", "give a number or key from \"toq approvals\"");
    }
    ApprovalsCommand.print(pending, call.terminal());
    String question = "Approve which one (1-" + pending.size() + ", empty for none)? ";
    String answer = call.environment().questions().ask(question).orElse("").strip();
    if (answer.isEmpty()) {
      throw Failure.of("nothing approved", "\"toq approvals\" shows who waits");
    }
    return choice.named(answer);
  }
}
