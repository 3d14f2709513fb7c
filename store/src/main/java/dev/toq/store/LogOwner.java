package dev.toq.store;

import java.io.IOException;
import java.util.List;

/** What a log's user does on the thread that owns the log. Where it fails, the log takes no harm. */
interface LogOwner {
  /**
   * Records that go with the batch which is about to be written, behind it; asked for once for each batch. Must not
   * throw. Where they fail, it is asked again within {@link AppendLog.Settings#idleAfter}, and may offer them again.
   *
   * @param all whether none may wait for another batch
   */
  default List<AppendLog.Line> riders(boolean all) {
    return List.of();
  }

  /** A batch is durable, and its completions were called. */
  void committed(LogPosition end) throws IOException;

  /** Nothing came for a while. */
  void idle(LogPosition end) throws IOException;

  /** All is written, and nothing more will come. */
  void closing(LogPosition end) throws IOException;
}
