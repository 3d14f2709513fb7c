package dev.toq.app.cli;

import dev.toq.app.cli.Command.Argument;
import dev.toq.app.cli.Command.Flag;
import dev.toq.app.cli.Command.Group;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command table, and the one place that leads from a name to its code. */
final class Commands {
  static final List<Flag> GLOBAL =
      List.of(
          Flag.of("--config-dir", "dir",
              "use this data directory (default: TOQ_CONFIG_DIR, else ./.toq if it exists, else ~/.toq)"),
          Flag.alone("--help", "show help (-h)"),
          Flag.alone("--version", "show the version (-V)"));

  private static final Flag JSON = Flag.alone("--json", "print one line of JSON");
  private static final Flag KEY = Flag.of("--key", "key", "the agent with this public key");
  private static final Flag FROM =
      Flag.of("--from", "address", "agents at this address; * stands for any host, agent or all");
  private static final Argument ADDRESS = new Argument("address", true);
  private static final Argument ID = new Argument("id", false);
  private static final String ID_NOTE =
      "<id> is a public key, the beginning of one, a fingerprint, or a number in \"toq approvals\".";
  private static final String RULE_NOTE =
      "<id> is a public key, the beginning of one, a fingerprint, or a number in \"toq permissions\".";

  static final List<Command> ALL =
      List.of(
          row(
              "setup",
              Group.START,
              "Make an agent's keys and configuration",
              List.of(),
              SetupFlags.ALL,
              SetupFlags.NOTE),
          row("whoami", Group.START, "Show this agent's address, key and mode", List.of(), List.of(JSON)),
          row(
              "up",
              Group.DAEMON,
              "Start the daemon; set it up first if need be",
              List.of(),
              List.of(
                  Flag.alone("--foreground", "stay here and log to standard output"),
                  Flag.alone(UpCommand.MAP_PORT, "ask the router to lead the port here, whatever host is")),
              "Returns when the daemon answers. Only the first start of a new home moves to another port by itself."),
          row(
              "down",
              Group.DAEMON,
              "Stop the daemon",
              List.of(),
              List.of(
                  Flag.alone("--graceful", "let open threads end first"),
                  Flag.of("--name", "agent", "stop the agent of this name, wherever its directory is"))),
          row("status", Group.DAEMON, "Show whether it runs, and its counters", List.of(), List.of(JSON)),
          row(
              "send",
              Group.MESSAGES,
              "Send a message to an agent",
              List.of(ADDRESS, new Argument("message", true)),
              List.of(
                  Flag.of("--thread-id", "id", "continue this thread"),
                  Flag.alone("--close-thread", "close the thread with this message"),
                  Flag.alone("--no-wait", "do not wait for the peer's acknowledgement"),
                  Flag.alone("--queue", "keep it for a peer that was never reached yet; does not wait"),
                  Flag.alone("--urgent", "let it pass messages of other threads"),
                  Flag.of("--expires-in", "seconds", "give up after so long (default: outbox_expiry)"),
                  Flag.of("--timeout", "seconds", "how long to wait for it, 1 to 300 (default 30)"),
                  JSON),
              "A message that begins with a dash goes after --, as in: toq send toq://host/agent -- \"- yes\""),
          row(
              "messages",
              Group.MESSAGES,
              "Show received messages",
              List.of(),
              List.of(
                  Flag.of("--from", "text", "only those whose sender's address holds this text"),
                  Flag.of("--limit", "count", "how many, 1 to 1000 (default 20)"),
                  Flag.alone("--follow", "go on with those that come; Ctrl-C ends it"),
                  JSON)),
          row(
              "outbox",
              Group.MESSAGES,
              "Show what became of sent messages",
              List.of(),
              List.of(
                  Flag.of("--id", "id", "only this message"),
                  Flag.of("--to", "text", "only those whose recipient's address holds this text"),
                  Flag.of("--state", "state", "accepted, sent, acked, refused, failed, expired, unknown or cancelled"),
                  Flag.of("--limit", "count", "how many, 1 to 1000 (default 20)"),
                  JSON)),
          row(
              "cancel",
              Group.MESSAGES,
              "Take a sent message back",
              List.of(new Argument("id", true)),
              List.of(Flag.of("--to", "text", "only for recipients whose address holds this text"), JSON),
              "What the peer has stored already stays there. \"toq outbox\" shows the ids."),
          row("ping", Group.MESSAGES, "Ask an agent for its public key", List.of(ADDRESS), List.of(JSON)),
          row(
              "invite",
              Group.SECURITY,
              "Make a link that lets one other agent in",
              List.of(),
              List.of(
                  Flag.of("--expires-in", "seconds", "how long it is good, 10 to 86400 (default 600)"),
                  Flag.alone("--no-qr", "print the link alone"),
                  Flag.alone("--withdraw", "take all unused links back instead"),
                  JSON),
              "The other owner types: toq accept <link>. Then both agents have approved each other."),
          row("accept", Group.SECURITY, "Use such a link", List.of(new Argument("link", true)), List.of(JSON)),
          row(
              "discover",
              Group.MESSAGES,
              "List the agents that a domain publishes in DNS, or those on the local network",
              List.of(new Argument("domain", false)),
              List.of(Flag.alone("--local", "those that announce themselves by mDNS; the daemon has to run"), JSON)),
          row("approvals", Group.SECURITY, "List agents that wait to be let in", List.of(), List.of(JSON)),
          row("approve", Group.SECURITY, "Let an agent in", List.of(ID), List.of(KEY, FROM), ID_NOTE),
          row(
              "deny",
              Group.SECURITY,
              "Turn a waiting agent away",
              List.of(new Argument("id", true)),
              List.of(),
              ID_NOTE),
          row("revoke", Group.SECURITY, "Take an approval back", List.of(ID), List.of(KEY, FROM), RULE_NOTE),
          row("block", Group.SECURITY, "Shut an agent out", List.of(ID), List.of(KEY, FROM), ID_NOTE),
          row("unblock", Group.SECURITY, "Lift a block", List.of(ID), List.of(KEY, FROM), RULE_NOTE),
          row("permissions", Group.SECURITY, "List approvals and blocks", List.of(), List.of(JSON)),
          row(
              "peers",
              Group.SECURITY,
              "Show whom this agent has met, and whose an address is",
              List.of(
                  new Argument("show|forget|accept", false), new Argument("peer", false), new Argument("key", false)),
              List.of(JSON),
              "show <peer> and forget <peer>: a public key, a fingerprint, the beginning of one, or an address.",
              "accept <address> <key>: the address belongs to this key from now on."),
          row(
              "rotate-keys",
              Group.SECURITY,
              "Replace this agent's key by a new one that the old one signs",
              List.of(),
              List.of(JSON)),
          row("dns-record", Group.MAINTENANCE, "Print the DNS record of this agent", List.of(), List.of(JSON)),
          row(
              "doctor",
              Group.MAINTENANCE,
              "Look for what keeps this agent from being reached or safe",
              List.of(),
              List.of(JSON),
              "A line for each check: ok, warn, or FAIL. The exit code is 1 where one fails."),
          row(
              "help",
              Group.HELP,
              "Show all commands, or one in detail",
              List.of(new Argument("command", false)),
              List.of()));

  /** What {@code toq setup} takes. */
  private static final class SetupFlags {
    static final String NOTE = "Without --yes it asks. In a directory that is set up already it changes nothing.";
    static final List<Flag> ALL =
        List.of(
            Flag.alone("--yes", "ask nothing; what no flag sets has its default"),
            Flag.alone("--non-interactive", "the same as --yes"),
            Flag.of("--agent-name", "name", "default: agent"),
            Flag.of("--host", "host", "public name or IP address of this machine (default: localhost)"),
            Flag.of("--connection-mode", "mode", "approval (default), open, allowlist or dns-verified"),
            Flag.of("--adapter", "adapter", "http (default), stdin, sdk, unix or grpc; kept, without effect yet"),
            Flag.of("--framework", "name", "the agent framework in use; sets its adapter, without effect yet"),
            JSON);
  }

  private Commands() {}

  private static Command row(
      String name, Group group, String summary, List<Argument> arguments, List<Flag> flags, String... notes) {
    return new Command(name, group, summary, arguments, flags, List.of(notes));
  }

  static @Nullable Command find(String name) {
    for (Command command : ALL) {
      if (command.name().equals(name)) {
        return command;
      }
    }
    return null;
  }

  /** Runs a command. A plain switch, so that a quick command loads no other's classes. */
  static int run(Invocation call) throws Failure, IOException, InterruptedException {
    return switch (call.command().name()) {
      case "setup" -> SetupCommand.run(call);
      case "whoami" -> WhoamiCommand.run(call);
      case "up" -> UpCommand.run(call);
      case "down" -> DownCommand.run(call);
      case "status" -> StatusCommand.run(call);
      case "send" -> SendCommand.run(call);
      case "messages" -> MessagesCommand.run(call);
      case "outbox" -> OutboxCommand.run(call);
      case "cancel" -> CancelCommand.run(call);
      case "ping" -> PingCommand.run(call);
      case "invite" -> InviteCommand.run(call);
      case "accept" -> AcceptCommand.run(call);
      case "discover" -> DiscoverCommand.run(call);
      case "approvals" -> ApprovalsCommand.run(call);
      case "approve" -> ApproveCommand.run(call);
      case "deny" -> DenyCommand.run(call);
      case "revoke" -> RevokeCommand.run(call);
      case "block" -> BlockCommand.run(call);
      case "unblock" -> UnblockCommand.run(call);
      case "permissions" -> PermissionsCommand.run(call);
      case "peers" -> PeersCommand.run(call);
      case "rotate-keys" -> RotateKeysCommand.run(call);
      case "dns-record" -> DnsRecordCommand.run(call);
      case "doctor" -> DoctorCommand.run(call);
      case "help" -> Help.run(call);
      default -> throw new IllegalStateException("command without code: " + call.command().name());
    };
  }
}
