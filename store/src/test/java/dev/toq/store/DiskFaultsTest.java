package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, fails, refuses writing or loses the directory, at every step of five kinds of stores. */
@Timeout(120)
class DiskFaultsTest {
  @TempDir Path scratch;

  @Test
  @DisplayName("R-22.5-03, A-07, A-77: whatever the disk refuses, nothing is acknowledged that is not kept, its owner "
      + "is told, and all goes on without a restart")
  void everyStep() throws Exception {
    assertEquals(List.of(), StoreTorture.diskFaults(scratch));
  }
}
