package dev.toq.app.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.ManualTicker;
import dev.toq.app.daemon.PortMapping;
import dev.toq.app.daemon.PortMapping.Failed;
import dev.toq.app.daemon.PortMapping.Mapped;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A port of the router over hours: made, renewed, given back. */
class PortMapperTest {
  private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
  private static final Duration HOUR = Duration.ofHours(1);

  private final ManualTicker ticker = new ManualTicker();
  private TinyRouter router;

  @BeforeEach
  void open() throws IOException {
    router = new TinyRouter();
  }

  @AfterEach
  void close() {
    router.close();
  }

  private PortMapper mapper() {
    return new PortMapper(router::gateway, List.of(router.pcp(), router.natPmp(), router.upnp(Duration.ofSeconds(2))),
        new Wish(9009, HOUR, new byte[12]), InstantSource.fixed(NOW), ticker).start();
  }

  private static PortMapping await(PortMapper mapper, Predicate<PortMapping> wanted) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!wanted.test(mapper.state())) {
      assertTrue(System.nanoTime() < end, "only " + mapper.state());
      Thread.onSpinWait();
    }
    return mapper.state();
  }

  /** Lets time pass in these steps until the router is asked; returns what it was asked. */
  private String askedWithin(Duration step) throws InterruptedException {
    for (int steps = 0; steps < 2000; steps++) {
      ticker.pass(step);
      String line = router.asked.poll(10, TimeUnit.MILLISECONDS);
      if (line != null) {
        return line;
      }
    }
    throw new AssertionError("the router was not asked again");
  }

  @Test
  @DisplayName("R-8.8-01 The port is asked for by PCP, shown, renewed before its time is over, and removed at the end")
  void pcp() throws InterruptedException {
    try (PortMapper mapper = mapper()) {
      assertEquals("PCP map 9009 3600", router.next());
      assertEquals(new Mapped("PCP", Optional.of("203.0.113.7"), 9009, Optional.of(NOW.plus(HOUR))),
          await(mapper, state -> state instanceof Mapped));
      assertEquals("PCP map 9009 3600", askedWithin(Duration.ofMinutes(10)));
      assertEquals(List.of(), mapper.warnings());
    }
    assertEquals("PCP remove 9009", router.next());
    assertNull(router.asked.poll());
  }

  @Test
  @DisplayName("R-8.8-01 A router that has no PCP is asked by NAT-PMP")
  void natPmp() throws InterruptedException {
    router.pcp = false;
    try (PortMapper mapper = mapper()) {
      assertEquals("NAT-PMP map 9009 3600", router.next());
      assertEquals(new Mapped("NAT-PMP", Optional.of("203.0.113.7"), 9009, Optional.of(NOW.plus(HOUR))),
          await(mapper, state -> state instanceof Mapped));
      assertEquals("NAT-PMP map 9009 3600", askedWithin(Duration.ofMinutes(10)));
    }
    assertEquals("NAT-PMP remove 9009", router.next());
  }

  @Test
  @DisplayName("R-8.8-01 A router that has neither is asked by UPnP")
  void upnp() throws InterruptedException {
    router.pcp = false;
    router.natPmp = false;
    router.noise = request -> { // "I do not know this": saves the test the wait
      return List.of(new byte[] {(byte) (request[0] == 2 ? 1 : 0), (byte) (0x80 | request[1]), 0, 1});
    };
    try (PortMapper mapper = mapper()) {
      assertEquals("UPnP map 9009 3600 to 127.0.0.1:9009", router.next());
      assertEquals(new Mapped("UPnP", Optional.of("203.0.113.7"), 9009, Optional.of(NOW.plus(HOUR))),
          await(mapper, state -> state instanceof Mapped));
      assertEquals("UPnP map 9009 3600 to 127.0.0.1:9009", askedWithin(Duration.ofMinutes(10)));
    }
    assertEquals("UPnP remove 9009", router.next());
  }

  @Test
  @DisplayName("R-8.8-01 The end wakes the mapper from its sleep and does not cut the removal short, however the two "
      + "meet")
  void removedAtTheEnd() throws InterruptedException {
    for (int round = 0; round < 300; round++) {
      PortMapper mapper = new PortMapper(router::gateway, List.of(router.upnp(Duration.ofSeconds(2))),
          new Wish(9009, HOUR, new byte[12]), InstantSource.fixed(NOW), ticker).start();
      assertEquals("UPnP map 9009 3600 to 127.0.0.1:9009", router.next());
      await(mapper, state -> state instanceof Mapped);
      mapper.close();
      assertEquals("UPnP remove 9009", router.next(), "round " + round);
    }
  }

  @Test
  @DisplayName("A router that grants a second is asked every five seconds, not more")
  void shortTime() throws InterruptedException {
    router.seconds = 1;
    try (PortMapper mapper = mapper()) {
      router.next();
      await(mapper, state -> state instanceof Mapped);
      int renewals = 0;
      for (int second = 0; second < 20; second++) {
        ticker.pass(Duration.ofSeconds(1));
        renewals += router.asked.poll(10, TimeUnit.MILLISECONDS) == null ? 0 : 1;
      }
      assertTrue(renewals <= 4, renewals + " renewals in 20 seconds");
    }
  }

  @Test
  @DisplayName("A router that stops answering is told to the owner and asked again; one that comes back maps again")
  void goneAndBack() throws InterruptedException {
    try (PortMapper mapper = mapper()) {
      router.next();
      await(mapper, state -> state instanceof Mapped);
      router.pcp = false;
      router.natPmp = false;
      router.upnp = false;
      router.noise =
          request -> List.of(new byte[] {(byte) (request[0] == 2 ? 1 : 0), (byte) (0x80 | request[1]), 0, 1});
      for (int steps = 0; steps < 3000 && !(mapper.state() instanceof Failed); steps++) {
        ticker.pass(Duration.ofSeconds(10));
        router.asked.poll(10, TimeUnit.MILLISECONDS);
      }
      Failed failed = assertInstanceOf(Failed.class, mapper.state());
      assertTrue(failed.reason().contains("PCP: the router speaks version 1 of it"), failed.reason());
      assertTrue(failed.reason().contains("NAT-PMP: the router says no: unsupported version"), failed.reason());
      assertTrue(failed.reason().contains("UPnP: no answer"), failed.reason());
      router.noise = request -> List.of();
      router.pcp = true;
      assertEquals("PCP map 9009 3600", askedWithin(Duration.ofSeconds(10)));
      await(mapper, state -> state instanceof Mapped);
    }
  }

  @Test
  @DisplayName("Another port than ours, and an outside that is none, are told to the owner")
  void warnings() throws InterruptedException {
    router.outsidePort = 40_000;
    router.outside = new byte[] {100, 64, 1, 2};
    try (PortMapper mapper = mapper()) {
      Mapped mapped = (Mapped) await(mapper, state -> state instanceof Mapped);
      assertEquals(40_000, mapped.port());
      assertEquals(2, mapper.warnings().size());
      assertTrue(mapper.warnings().get(0).contains("40000"), mapper.warnings().get(0));
      assertTrue(mapper.warnings().get(1).contains("100.64.1.2"), mapper.warnings().get(1));
    }
  }

  @Test
  @DisplayName("Without a router to ask, the reason is shown")
  void noRouter() {
    try (PortMapper mapper = new PortMapper(() -> {
      throw new IOException("this machine has no default route, so there is no router to ask");
    }, List.of(router.pcp()), new Wish(9009, HOUR, new byte[12]), InstantSource.fixed(NOW), ticker).start()) {
      assertEquals(new Failed("this machine has no default route, so there is no router to ask"),
          await(mapper, state -> state instanceof Failed));
    }
  }

  @Test
  @DisplayName("An end while a silent router is being asked is not held up, and takes back what may have been granted")
  void endWhileAsking() throws InterruptedException {
    router.pcp = false;
    router.natPmp = false;
    router.upnp = false;
    CountDownLatch heard = new CountDownLatch(1);
    router.noise = request -> {
      heard.countDown();
      return List.of();
    };
    PortMapper mapper = mapper();
    assertTrue(heard.await(30, TimeUnit.SECONDS));
    router.pcp = true;
    mapper.close();
    String last = router.next();
    while (!last.equals("PCP remove 9009")) { // where the request itself still came through
      last = router.next();
    }
  }

  @Test
  @DisplayName("Words of a stranger in the router's name do not keep the true answer from being heard")
  void noise() throws InterruptedException {
    router.noise = request -> {
      byte[] otherNonce = new byte[60];
      System.arraycopy(request, 0, otherNonce, 0, Math.min(60, request.length));
      otherNonce[1] = (byte) 0x81;
      otherNonce[24] ^= 1;
      return List.of(new byte[0], new byte[1], new byte[1200], otherNonce, request);
    };
    try (PortMapper mapper = mapper()) {
      assertEquals("PCP map 9009 3600", router.next());
      await(mapper, state -> state instanceof Mapped mapped && mapped.protocol().equals("PCP"));
    }
  }
}
