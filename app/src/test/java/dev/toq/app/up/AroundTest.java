package dev.toq.app.up;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.ListenAddress;
import dev.toq.app.daemon.PortMapping;
import dev.toq.protocol.identity.Identity;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is asked of networks and routers, and what is not, by the owner's settings. */
class AroundTest {
  private static boolean maps(String host, boolean mapPort, boolean upnp) throws IOException {
    Config config = Config.standard().with(ConfigKey.HOST, host).with(ConfigKey.UPNP, upnp);
    return Around.mapsPort(config, ListenAddress.of(config).getAddress(), mapPort);
  }

  @Test
  @DisplayName("R-8.8-01 A router is asked for a public host unless upnp is false, else on request, never for loopback "
      + "(A-83)")
  void who() throws IOException {
    for (String isPublic : List.of("lab.example", "8.8.8.8", "2001:db8::1")) {
      assertTrue(maps(isPublic, false, true), isPublic);
      assertFalse(maps(isPublic, false, false), isPublic);
      assertTrue(maps(isPublic, true, false), isPublic);
    }
    for (String inside : List.of("192.168.1.7", "10.0.0.1", "100.64.0.1", "attic.local", "fd00::1")) {
      assertFalse(maps(inside, false, true), inside);
      assertTrue(maps(inside, true, true), inside);
    }
    assertFalse(maps("localhost", true, true));
    assertFalse(maps("127.0.0.1", true, true));
  }

  @Test
  @DisplayName("R-20.1-01 A standard configuration announces nothing, hears nobody and asks no router")
  void standard() throws Exception {
    Identity identity = Identity.generate(new Random(1));
    try (Around around = new Around(Config.standard(), identity, 9009, false, InstantSource.system())) {
      assertFalse(around.surroundings().nearby().isOn());
      assertEquals(new PortMapping.Off(), around.surroundings().portMapping().get());
      assertEquals(List.of(), around.warnings());
    }
    Config on = Config.standard().with(ConfigKey.MDNS_ENABLED, true);
    try (Around around = new Around(on, identity, 9009, false, InstantSource.system())) {
      assertTrue(around.surroundings().nearby().isOn());
      assertEquals(1, around.warnings().size(), "it listens on this machine only");
    }
  }
}
