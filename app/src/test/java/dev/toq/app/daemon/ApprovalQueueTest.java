package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.DataDirectory;
import dev.toq.store.PermissionsFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApprovalQueueTest {
  private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

  @TempDir Path folder;
  private PermissionsFile permissions;

  @BeforeEach
  void open() throws IOException {
    DataDirectory directory = DataDirectory.resolve(Map.of(), folder, Optional.of(Path.of("agent")));
    directory.create();
    permissions = PermissionsFile.open(directory, InstantSource.fixed(NOW));
  }

  private static PublicKey key(int number) {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) number;
    return PublicKey.ofBytes(bytes);
  }

  private static boolean ask(ApprovalQueue queue, int number, String source) throws IOException {
    return queue.request(key(number), Address.parse("toq://peer.example/agent"), InetAddress.getByName(source), NOW);
  }

  @Test
  @DisplayName("A-50: five wait from one source, whichever addresses of its IPv6 network it uses; others find room")
  void ofOneSource() throws IOException {
    ApprovalQueue queue = new ApprovalQueue(permissions, 100);
    for (int i = 0; i < ApprovalQueue.OF_ONE_SOURCE; i++) {
      assertTrue(ask(queue, i, "2001:db8:1:2::" + i));
    }
    assertFalse(ask(queue, 100, "2001:db8:1:2:ffff::1"));
    assertTrue(ask(queue, 0, "2001:db8:1:2:ffff::1"), "a key that waits is told so again");
    assertTrue(ask(queue, 101, "2001:db8:1:3::1"));
    assertTrue(ask(queue, 102, "192.0.2.1"));
    permissions.deny(key(1));
    assertTrue(ask(queue, 100, "2001:db8:1:2::9"), "a decision makes room");
  }

  @Test
  @DisplayName("R-16.4-04, R-16.4-05: no more wait than the owner set, and the owner is told when the queue is full")
  void full() throws IOException {
    ApprovalQueue queue = new ApprovalQueue(permissions, 3);
    for (int i = 0; i < 3; i++) {
      assertEquals(Optional.empty(), queue.warning());
      assertTrue(ask(queue, i, "192.0.2." + i));
    }
    assertFalse(ask(queue, 3, "192.0.2.3"));
    assertTrue(ask(queue, 2, "192.0.2.2"));
    assertEquals(3, permissions.pending().size());
    assertTrue(queue.warning().orElse("").startsWith("3 agents wait for approval, and no more can ask"));
  }

  @Test
  @DisplayName("A-50: strangers of one source that ask at the same moment do not get past its share")
  void atOnce() throws Exception {
    ApprovalQueue queue = new ApprovalQueue(permissions, 100);
    List<Callable<Boolean>> calls = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int number = i;
      calls.add(() -> ask(queue, number, "192.0.2.1"));
    }
    int taken = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> answer : threads.invokeAll(calls)) {
        taken += answer.get() ? 1 : 0;
      }
    }
    assertEquals(ApprovalQueue.OF_ONE_SOURCE, taken);
    assertEquals(ApprovalQueue.OF_ONE_SOURCE, permissions.pending().size());
  }
}
