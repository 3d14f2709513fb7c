package dev.toq.app.up;

import dev.toq.store.Config;
import dev.toq.store.DataDirectory;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import org.tinylog.configuration.Configuration;

/**
 * Where the log goes and how much it tells (specification section 22). To be called before the first line is logged.
 */
final class LogSetup {
  private static final String FORMAT = "{date:yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'} {level|min-size=5} {message}";

  private LogSetup() {}

  /**
   * One file a day under {@code logs/}, of at most the owner's age.
   *
   * @param console standard output too: somebody sees it
   */
  static void apply(DataDirectory directory, Config config, boolean console) {
    TimeZone.setDefault(TimeZone.getTimeZone("UTC")); // tinylog prints dates in the default zone only
    Map<String, String> settings = new HashMap<>();
    settings.put("level", config.logLevel().name().toLowerCase(Locale.ROOT)); // R-22.3-01, R-22.3-02
    settings.put("level@org.eclipse.jetty", "error");
    settings.put("level@io.javalin", "error");
    settings.put("level@org.xbill.DNS", "off"); // it tells what strangers' name servers do, with stack traces
    settings.put("level@javax.jmdns", "error"); // it warns of whatever a stranger's packet holds
    settings.put("autoshutdown", "false"); // the daemon's own end closes the log
    settings.put("writer1", "rolling file");
    settings.put("writer1.file", directory.logs().resolve("toq.log.{date:yyyy-MM-dd}").toString());
    settings.put("writer1.policies", "daily");
    settings.put("writer1.backups", Long.toString(config.logRetention().toDays())); // specification 22.4
    settings.put("writer1.format", FORMAT);
    if (console) {
      settings.put("writer2", "console");
      settings.put("writer2.stream", "out"); // R-26.2-02
      settings.put("writer2.format", FORMAT);
    }
    Configuration.replace(settings); // whatever another file on the class path says
  }
}
