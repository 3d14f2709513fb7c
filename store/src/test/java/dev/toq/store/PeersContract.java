package dev.toq.store;

import static dev.toq.store.Keys.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Peers.Peer;
import dev.toq.store.Peers.Pin;
import dev.toq.store.Peers.Strength;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What every memory of peers must do. */
abstract class PeersContract {
  static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
  static final String HERE = "toq://192.0.2.1/a";

  /** The memory, holding at most {@code most} peers; each call opens what is known. */
  abstract Peers open(int most) throws IOException;

  /** The same, where these keys are approved. */
  abstract Peers open(int most, Set<PublicKey> approved) throws IOException;

  @Test
  @DisplayName("R-25.2-07: a peer is known with its key, its address and when it was seen first and last")
  void known() throws IOException {
    Instant later = NOON.plus(Duration.ofMinutes(5));
    try (Peers peers = open(10)) {
      peers.touch(key(1), HERE, NOON);
      peers.touch(key(1), HERE, later);
      assertEquals(Optional.of(new Peer(key(1), HERE, NOON, later)), peers.find(key(1)));
    }
    try (Peers peers = open(10)) {
      assertEquals(List.of(new Peer(key(1), HERE, NOON, later)), peers.all());
      assertEquals(Optional.empty(), peers.find(key(2)));
      assertEquals(List.of(), peers.warnings());
    }
  }

  @Test
  @DisplayName("An empty address leaves the known one, another one replaces it, and the last time never goes back")
  void merged() throws IOException {
    try (Peers peers = open(10)) {
      peers.touch(key(1), HERE, NOON);
      peers.touch(key(1), "", NOON.minusSeconds(60));
      assertEquals(List.of(new Peer(key(1), HERE, NOON.minusSeconds(60), NOON)), peers.all());
      peers.touch(key(1), "toq://other/a", NOON.plusSeconds(1));
      assertEquals("toq://other/a", peers.all().getFirst().address());
    }
  }

  @Test
  @DisplayName("A-37: that a key bound itself is known from then on, whatever else is learned about it")
  void boundItself() throws IOException {
    try (Peers peers = open(10)) {
      peers.touch(key(1), HERE, NOON);
      peers.touch(key(2), HERE, NOON);
      peers.boundItself(key(1));
      peers.boundItself(key(3)); // never met
      peers.touch(key(1), "toq://other/a", NOON.plusSeconds(1));
    }
    try (Peers peers = open(10)) {
      assertEquals(Optional.of(true), peers.find(key(1)).map(peer -> peer.marks().boundItself()));
      assertEquals(Optional.of(false), peers.find(key(2)).map(peer -> peer.marks().boundItself()));
      assertEquals(Optional.empty(), peers.find(key(3)));
    }
  }

  @Test
  @DisplayName("A-42, A-45: which key replaced which is known from then on, and a key that follows a bound one is "
      + "bound")
  void replaced() throws IOException {
    try (Peers peers = open(10)) {
      peers.touch(key(1), HERE, NOON);
      peers.boundItself(key(1));
      peers.announced(key(1), key(2));
      assertEquals(Optional.of(key(2)), marks(peers, 1).successor());
      peers.touch(key(2), HERE, NOON.plusSeconds(1));
      peers.replaced(key(1), key(2));
      peers.touch(key(3), HERE, NOON.plusSeconds(2));
      peers.replaced(key(2), key(3));
    }
    try (Peers peers = open(10)) {
      assertEquals(new Peers.Marks(true, Optional.empty(), Optional.of(key(2)), Optional.empty()), marks(peers, 1));
      assertEquals(new Peers.Marks(true, Optional.of(key(1)), Optional.of(key(3)), Optional.empty()), marks(peers, 2));
      assertEquals(new Peers.Marks(true, Optional.of(key(2)), Optional.empty(), Optional.empty()), marks(peers, 3));
    }
  }

  @Test
  @DisplayName("A-34: the use of a pair of keys is known from then on, never falls, and begins anew with a key of ours")
  void encrypted() throws IOException {
    try (Peers peers = open(10)) {
      peers.touch(key(1), HERE, NOON);
      peers.encrypted(key(1), key(7), 70_000);
      peers.encrypted(key(1), key(7), 60_000);
      peers.encrypted(key(2), key(7), 5); // never met
    }
    try (Peers peers = open(10)) {
      assertEquals(70_000, marks(peers, 1).encryptedWith(key(7)));
      assertEquals(0, marks(peers, 1).encryptedWith(key(8)));
      peers.encrypted(key(1), key(8), 1);
      assertEquals(1, marks(peers, 1).encryptedWith(key(8)));
      assertEquals(Optional.empty(), peers.find(key(2)));
    }
  }

  private static Pin pin(String address, int key, Strength strength, Instant when) {
    return new Pin(Address.parse(address), key(key), strength, when);
  }

  private static List<PublicKey> owners(Peers peers, String address) {
    return peers.pins(Address.parse(address)).stream().map(Pin::key).toList();
  }

  @Test
  @DisplayName("R-14.2-01, A-40: an address belongs to the first key that claims it, and what was dialled counts for "
      + "more")
  void pins() throws IOException {
    String there = "toq://lab.example/a";
    try (Peers peers = open(10)) {
      peers.pin(pin(HERE, 1, Strength.WEAK, NOON));
      peers.pin(pin(HERE, 2, Strength.WEAK, NOON));
      peers.pin(pin(there, 1, Strength.WEAK, NOON));
      assertEquals(List.of(key(1)), owners(peers, HERE));
      peers.pin(pin(HERE, 2, Strength.STRONG, NOON));
      peers.pin(pin(HERE, 3, Strength.STRONG, NOON));
      peers.pin(pin(HERE, 1, Strength.WEAK, NOON));
      assertEquals(List.of(key(1)), owners(peers, "toq://lab.example:7000/a"), "a claim has no port");
      peers.pin(pin("toq://lab.example:7000/a", 4, Strength.STRONG, NOON));
      peers.pin(pin("toq://lab.example:7001/a", 5, Strength.STRONG, NOON));
      assertEquals(List.of(), owners(peers, "toq://192.0.2.1/b"));
    }
    try (Peers peers = open(10)) {
      assertEquals(List.of(pin(HERE, 2, Strength.STRONG, NOON)), peers.pins(Address.parse(HERE)));
      assertEquals(List.of(key(4)), owners(peers, "toq://lab.example:7000/a"));
      assertEquals(List.of(key(4), key(5)), owners(peers, there));
      assertTrue(peers.knows(key(2)) && !peers.knows(key(3)));
      peers.rebind(pin(HERE, 6, Strength.STRONG, NOON));
      assertEquals(List.of(key(6)), owners(peers, HERE));
      assertTrue(peers.unpin(Address.parse(HERE)));
      assertFalse(peers.unpin(Address.parse(HERE)));
      assertEquals(2, peers.pins().size());
    }
  }

  @Test
  @DisplayName("A pin is confirmed to the hour, and says so")
  void confirmed() throws IOException {
    try (Peers peers = open(10)) {
      peers.pin(pin(HERE, 1, Strength.STRONG, NOON));
      peers.pin(pin(HERE, 1, Strength.STRONG, NOON.plus(Duration.ofMinutes(59))));
      assertEquals(NOON, peers.pins().getFirst().confirmed());
      peers.pin(pin(HERE, 1, Strength.STRONG, NOON.plus(Duration.ofMinutes(60))));
      assertEquals(NOON.plus(Duration.ofMinutes(60)), peers.pins().getFirst().confirmed());
    }
  }

  @Test
  @DisplayName("One key holds eight weak pins; beyond the bound weak ones go first, and the one unconfirmed longest")
  void pinsBounded() throws IOException {
    try (Peers peers = open(9, Set.of(key(9)))) {
      peers.pin(pin("toq://192.0.2.1/strong", 7, Strength.STRONG, NOON.minusSeconds(99)));
      for (int i = 0; i < 20; i++) {
        peers.pin(pin("toq://192.0.2.1/w" + i, 1, Strength.WEAK, NOON.plusSeconds(i)));
      }
      assertEquals(9, peers.pins().size());
      assertEquals(List.of(), owners(peers, "toq://192.0.2.1/w11"));
      assertEquals(List.of(key(1)), owners(peers, "toq://192.0.2.1/w12"));
      peers.pin(pin("toq://192.0.2.1/approved", 9, Strength.WEAK, NOON.minusSeconds(50)));
      for (int i = 0; i < 20; i++) {
        peers.pin(pin("toq://192.0.2.1/x" + i, 20 + i, Strength.WEAK, NOON.plusSeconds(100 + i)));
      }
      assertEquals(9, peers.pins().size());
      assertEquals(List.of(key(7)), owners(peers, "toq://192.0.2.1/strong"));
      assertEquals(List.of(key(9)), owners(peers, "toq://192.0.2.1/approved"));
    }
  }

  @Test
  @DisplayName("R-14.6-02, A-43: a key that was replaced stays retired, and its addresses are its successor's")
  void retired() throws IOException {
    try (Peers peers = open(3)) {
      peers.touch(key(1), HERE, NOON);
      peers.pin(pin(HERE, 1, Strength.STRONG, NOON));
      peers.touch(key(2), HERE, NOON);
      peers.replaced(key(1), key(2));
      peers.replaced(key(1), key(3)); // the first successor stays
      assertEquals(List.of(key(2)), owners(peers, HERE));
      assertTrue(peers.forget(key(1)));
      assertTrue(peers.forget(key(2)));
      assertFalse(peers.forget(key(2)));
      assertEquals(List.of(), peers.pins());
      for (int i = 10; i < 20; i++) {
        peers.touch(key(i), HERE, NOON.plusSeconds(i));
      }
    }
    try (Peers peers = open(3)) {
      assertEquals(Optional.of(key(2)), peers.successor(key(1)));
      assertEquals(Optional.empty(), peers.successor(key(2)));
      assertTrue(peers.knows(key(1)));
    }
  }

  @Test
  @DisplayName("Beyond the bound the key retired first is forgotten, one whose successor is approved last")
  void retiredBounded() throws IOException {
    try (Peers peers = open(2, Set.of(key(11)))) {
      for (int i = 1; i <= 3; i++) {
        peers.replaced(key(i), key(i + 10));
      }
      assertEquals(Optional.of(key(11)), peers.successor(key(1)));
      assertEquals(Optional.empty(), peers.successor(key(2)));
      assertEquals(Optional.of(key(13)), peers.successor(key(3)));
    }
  }

  private static Peers.Marks marks(Peers peers, int number) {
    return peers.find(key(number)).orElseThrow().marks();
  }

  @Test
  @DisplayName("The peer seen last comes first, and beyond the bound the one unseen for the longest time is forgotten")
  void bounded() throws IOException {
    try (Peers peers = open(3)) {
      for (int i = 1; i <= 3; i++) {
        peers.touch(key(i), HERE, NOON.plusSeconds(i));
      }
      peers.touch(key(1), HERE, NOON.plusSeconds(10));
      peers.touch(key(4), HERE, NOON.minusSeconds(10));
      assertEquals(List.of(key(1), key(3), key(4)), peers.all().stream().map(Peer::key).toList());
    }
  }

  @Test
  @DisplayName("Beyond the bound strangers are forgotten before a key that is approved, however long that was not seen")
  void approvedGoLast() throws IOException {
    try (Peers peers = open(3, Set.of(key(1), key(2)))) {
      for (int i = 1; i <= 20; i++) {
        peers.touch(key(i), HERE, NOON.plusSeconds(i));
      }
      assertEquals(List.of(key(20), key(2), key(1)), peers.all().stream().map(Peer::key).toList());
    }
    try (Peers peers = open(3, Set.of(key(1), key(2), key(20)))) {
      peers.touch(key(21), HERE, NOON.plusSeconds(21));
      assertEquals(List.of(key(21), key(20), key(2)), peers.all().stream().map(Peer::key).toList());
    }
  }
}
