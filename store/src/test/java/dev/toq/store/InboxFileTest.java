package dev.toq.store;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;

class InboxFileTest extends InboxContract {
  @TempDir Path directory;

  @Override
  protected Inbox open() throws Exception {
    return InboxFile.open(RealFiles.INSTANCE, directory.resolve("messages.jsonl"), clock, new Random(7),
        new InboxFile.Settings(WINDOW, 1000, 64 << 20, 1 << 20));
  }
}
