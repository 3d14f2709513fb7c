package dev.toq.store;

import static dev.toq.store.Keys.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What every store of permissions must do. */
abstract class PermissionsContract {
  static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
  static final Rule.ByAddress LAB = new Rule.ByAddress("toq://lab.example/*");

  /** The store; each call opens the same rules anew, as another process would. */
  abstract Permissions open() throws IOException;

  static Rule rule(int number) {
    return new Rule.ByKey(key(number));
  }

  static Pending request(int number) {
    return new Pending(key(number), "toq://192.0.2." + number + "/agent", NOON);
  }

  @Test
  @DisplayName("A new store has no rules and nobody waits")
  void empty() throws IOException {
    Permissions permissions = open();
    assertEquals(List.of(), permissions.approved());
    assertEquals(List.of(), permissions.blocked());
    assertEquals(List.of(), permissions.pending());
    assertEquals(List.of(), permissions.denied());
  }

  @Test
  @DisplayName("R-8.9-02: every change is found by the next who opens the store, in the order of the changes")
  void durable() throws IOException {
    Permissions permissions = open();
    permissions.approve(rule(1));
    permissions.approve(LAB);
    permissions.block(rule(2));
    permissions.block(new Rule.ByAddress("toq://*/mallory"));
    assertTrue(permissions.request(request(3), 10));
    permissions.deny(key(4));

    Permissions again = open();

    assertEquals(List.of(rule(1), LAB), again.approved());
    assertEquals(List.of(rule(2), new Rule.ByAddress("toq://*/mallory")), again.blocked());
    assertEquals(List.of(request(3)), again.pending());
    assertEquals(List.of(key(4)), again.denied());
  }

  @Test
  @DisplayName("Adding a rule twice keeps one; removing one that is not there changes nothing")
  void idempotent() throws IOException {
    Permissions permissions = open();
    permissions.approve(rule(1));
    permissions.approve(rule(1));
    permissions.block(LAB);
    permissions.block(LAB);
    permissions.revoke(rule(9));
    permissions.unblock(rule(9));
    assertEquals(List.of(rule(1)), permissions.approved());
    assertEquals(List.of(LAB), permissions.blocked());
    permissions.revoke(rule(1));
    permissions.unblock(LAB);
    assertEquals(List.of(), permissions.approved());
    assertEquals(List.of(), permissions.blocked());
  }

  @Test
  @DisplayName("Approving a key ends its request and its denial, and never lifts a block")
  void approve() throws IOException {
    Permissions permissions = open();
    permissions.request(request(1), 10);
    permissions.deny(key(2));
    permissions.block(rule(3));
    for (int number = 1; number <= 3; number++) {
      permissions.approve(rule(number));
    }
    assertEquals(List.of(), permissions.pending());
    assertEquals(List.of(), permissions.denied());
    assertEquals(List.of(rule(3)), permissions.blocked());
    assertEquals(List.of(rule(1), rule(2), rule(3)), permissions.approved());
  }

  @Test
  @DisplayName("Blocking a key removes its approval and its request; blocking an address removes nothing")
  void block() throws IOException {
    Permissions permissions = open();
    permissions.approve(rule(1));
    permissions.approve(LAB);
    permissions.request(request(2), 10);
    permissions.block(rule(1));
    permissions.block(rule(2));
    permissions.block(LAB);
    assertEquals(List.of(LAB), permissions.approved());
    assertEquals(List.of(), permissions.pending());
    permissions.unblock(rule(1));
    assertEquals(List.of(LAB), permissions.approved(), "an approval does not come back");
  }

  @Test
  @DisplayName("A denied key may not ask again, until it is approved or revoked")
  void deny() throws IOException {
    Permissions permissions = open();
    permissions.request(request(1), 10);
    assertTrue(permissions.deny(key(1)));
    assertEquals(List.of(), permissions.pending());
    assertFalse(permissions.request(request(1), 10));
    assertEquals(List.of(key(1)), open().denied());
    permissions.revoke(rule(1));
    assertEquals(List.of(), permissions.denied());
    assertTrue(permissions.request(request(1), 10));
  }

  @Test
  @DisplayName("Denying an approved key leaves it approved, and leaves no denial for later")
  void denyApproved() throws IOException {
    Permissions permissions = open();
    permissions.approve(rule(1));
    assertFalse(permissions.deny(key(1)), "nothing was denied");
    assertEquals(List.of(rule(1)), permissions.approved());
    permissions.revoke(rule(1));
    assertEquals(List.of(), permissions.denied());
  }

  @Test
  @DisplayName("A full queue takes no new key, and still knows the ones in it")
  void full() throws IOException {
    Permissions permissions = open();
    assertTrue(permissions.request(request(1), 2));
    assertTrue(permissions.request(request(2), 2));
    assertFalse(permissions.request(request(3), 2));
    Pending moved = new Pending(key(1), "toq://198.51.100.1/agent", NOON.plus(Duration.ofHours(1)));
    assertTrue(permissions.request(moved, 2));
    assertEquals(Set.of(moved, request(2)), new HashSet<>(permissions.pending()));
  }

  @Test
  @DisplayName("A blocked or approved key gets no entry in the queue")
  void decided() throws IOException {
    Permissions permissions = open();
    permissions.block(rule(1));
    permissions.approve(rule(2));
    assertFalse(permissions.request(request(1), 10));
    assertTrue(permissions.request(request(2), 10));
    assertEquals(List.of(), permissions.pending());
  }

  @Test
  @DisplayName("The key of all zeros is a key like others")
  void zeros() throws IOException {
    PublicKey zero = PublicKey.ofBytes(new byte[32]);
    open().block(new Rule.ByKey(zero));
    assertEquals(List.of(new Rule.ByKey(zero)), open().blocked());
  }

  @Test
  @DisplayName("Two writers that change rules at the same time lose none of each other's")
  void twoWriters() throws Exception {
    Permissions first = open();
    Permissions second = open();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Void> one = () -> {
        for (int i = 0; i < 10; i++) {
          first.block(rule(i));
        }
        return null;
      };
      Callable<Void> other = () -> {
        for (int i = 100; i < 110; i++) {
          second.block(rule(i));
        }
        return null;
      };
      for (Future<Void> done : List.of(threads.submit(one), threads.submit(other))) {
        done.get();
      }
    }
    assertEquals(20, open().blocked().size());
  }
}
