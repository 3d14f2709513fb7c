package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.ProcessMark.Liveness;
import dev.toq.store.StateFile.Running;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** {@code toq down}: stops the daemon, and returns when it is gone and its port is free. */
final class DownCommand {
  private static final Duration REQUEST = Duration.ofSeconds(2);

  /** What stopping may take beside the time that open threads are given. */
  private static final Duration OWN_TIME = Duration.ofSeconds(10);

  private static final long POLL_MILLIS = 20;

  private DownCommand() {}

  static int run(Invocation call) throws Failure, IOException, InterruptedException {
    Optional<String> name = call.value("--name");
    Home home = name.isPresent() ? Home.of(call).named(name.get()) : Home.of(call);
    Optional<Running> running = home.running();
    if (running.isEmpty()) {
      call.terminal().line("toq is not running");
      return Toq.SUCCESS;
    }
    boolean graceful = call.has("--graceful");
    Duration limit = graceful ? OWN_TIME.plus(home.config().gracefulShutdownTimeout()) : OWN_TIME;
    if (!(graceful && running.get().isStopping())) {
      askToStop(running.get(), graceful);
    }
    awaitEnd(running.get(), limit);
    call.terminal().line("toq is stopped");
    return Toq.SUCCESS;
  }

  /** By the API, which knows what graceful means; by a signal, at once, where it does not answer. */
  private static void askToStop(Running running, boolean graceful) {
    JsonObject request = JsonObject.builder().put("graceful", graceful).build();
    boolean heard;
    try {
      heard = new LocalApi(running.port()).post("/v1/daemon/shutdown", request, REQUEST).succeeded();
    } catch (IOException e) {
      heard = false; // it hangs or is already ending: the signal reaches it either way
    }
    if (!heard) {
      ProcessHandle.of(running.pid()).ifPresent(ProcessHandle::destroy);
    }
  }

  private static void awaitEnd(Running running, Duration limit) throws Failure, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (running.process().liveness() == Liveness.ALIVE || new LocalApi(running.port()).listens()) {
      if (System.nanoTime() > end) {
        throw Failure.of(
            "process " + running.pid() + " does not stop",
            "end it with: kill -9 " + running.pid() + "; no acknowledged message is lost by that");
      }
      Thread.sleep(POLL_MILLIS);
    }
  }
}
