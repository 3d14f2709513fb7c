package dev.toq.app.cli;

import dev.toq.app.Version;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.AccessDeniedException;
import java.util.List;

/** The program {@code toq}. */
public final class Toq {
  static final int SUCCESS = 0;
  static final int FAILURE = 1;
  static final int USAGE = 2;

  private Toq() {}

  public static void main(String[] args) {
    List<String> words = ProcessWords.exact(args);
    int code = run(words, Environment.ofProcess());
    if (code != SUCCESS || words.contains("--foreground")) {
      System.exit(code); // threads of the daemon would keep the process
    }
    // Else it ends by itself, which is quicker: exit prepares to log that it was called.
  }

  /** Runs one command line and returns the exit code: 0 done, 1 failed, 2 wrong usage. */
  static int run(List<String> args, Environment environment) {
    Terminal terminal = new Terminal(environment);
    try {
      return run(CommandLine.parse(args), environment, terminal);
    } catch (Failure e) {
      terminal.error(e.sentence(), e.hint());
      return e.exitCode();
    } catch (StoreException e) {
      terminal.error(sentence(e), e.hint());
      return FAILURE;
    } catch (IOException e) {
      terminal.error(
          sentence(e), "\"toq status\" shows how the daemon is doing; its log is in the data directory's logs/");
      return FAILURE;
    } catch (RuntimeException e) {
      terminal.error(
          "this is a mistake in toq: " + PeerText.shown(e.toString()), "run it again with TOQ_DEBUG=1 and report it");
      if (environment.variable("TOQ_DEBUG").isPresent()) {
        e.printStackTrace(environment.err());
      }
      return FAILURE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      terminal.error("interrupted", "run the command again");
      return FAILURE;
    }
  }

  /** What the exception says, in the words that our own ones have. */
  private static String sentence(IOException e) {
    if (e instanceof SocketTimeoutException) {
      return "the daemon did not answer in time";
    }
    String message = e.getMessage();
    if (e instanceof AccessDeniedException) {
      return "permission denied: " + PeerText.shown(message == null ? "" : message);
    }
    return message == null ? e.getClass().getSimpleName() : PeerText.shown(message);
  }

  private static int run(CommandLine.Parsed line, Environment environment, Terminal terminal)
      throws Failure, IOException, InterruptedException {
    if (line.flags().containsKey("--version")) {
      terminal.line("toq " + Version.NUMBER);
      return SUCCESS;
    }
    if (line.command().isEmpty()) {
      Help.overview(terminal);
      return SUCCESS;
    }
    Command command = line.command().get();
    if (line.flags().containsKey("--help")) {
      Help.of(command, terminal);
      return SUCCESS;
    }
    CommandLine.checkArguments(command, line.arguments());
    return Commands.run(new Invocation(command, line.arguments(), line.flags(), environment, terminal));
  }
}
