package dev.toq.app.up;

import dev.toq.store.Config;
import dev.toq.store.DataDirectory;
import java.util.Locale;
import java.util.TimeZone;
import org.tinylog.configuration.Configuration;

/** Where the log goes and how much it tells (specification section 22). To be called before the first line is logged. */
final class LogSetup {
  private static final String FORMAT = "{date:yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'} {level|min-size=5} {message}";

  private LogSetup() {}

  /** One file a day under {@code logs/}, of at most the owner's size and age, and the console of {@code up --foreground}. */
  static void apply(DataDirectory directory, Config config) {
    TimeZone.setDefault(TimeZone.getTimeZone("UTC")); // tinylog prints dates in the default zone only
    Configuration.set("level", config.logLevel().name().toLowerCase(Locale.ROOT)); // R-22.3-01, R-22.3-02
    Configuration.set("level@org.eclipse.jetty", "error");
    Configuration.set("level@io.javalin", "error");
    Configuration.set("autoshutdown", "false"); // the daemon's own end closes the log
    Configuration.set("writer1", "rolling file");
    Configuration.set("writer1.file", directory.logs().resolve("toq.log.{date:yyyy-MM-dd}").toString());
    Configuration.set("writer1.policies", "daily");
    Configuration.set("writer1.backups", Long.toString(config.logRetention().toDays())); // R-22.4-01
    Configuration.set("writer1.format", FORMAT);
    Configuration.set("writer2", "console");
    Configuration.set("writer2.stream", "out"); // R-26.2-02
    Configuration.set("writer2.format", FORMAT);
  }
}
