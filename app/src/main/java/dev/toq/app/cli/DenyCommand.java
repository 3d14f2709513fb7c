package dev.toq.app.cli;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;

/** {@code toq deny}: turns a waiting agent away, and remembers it. */
final class DenyCommand {
  private DenyCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Rules rules = Home.of(call).rules();
    Rule rule = new RuleChoice(ApprovalsCommand.keys(rules.pending()), "toq approvals").named(call.required(0));
    return switch (rule) {
      case Rule.ByKey(PublicKey key) -> {
        if (!rules.deny(key)) { // R-26.4-03
          throw Failure.of(
              key + " is approved, and a denial does not end that",
              "\"toq revoke\" takes the approval back, \"toq block\" also keeps the key out");
        }
        call.terminal().line("denied " + key);
        yield Toq.SUCCESS;
      }
      case Rule.ByAddress(String pattern) ->
          throw Failure.usage(
              "an address is not an id: anyone can claim it",
              "deny by number or key from \"toq approvals\", or use \"toq block --from\"");
    };
  }
}
