package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.daemon.Policy.Decision;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Config;
import dev.toq.store.Config.ConnectionMode;
import dev.toq.store.DataDirectory;
import dev.toq.store.Permissions.Rule;
import dev.toq.store.PermissionsFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an approval by address is worth. */
class PolicyDecisionTest {
  private static final PublicKey KEY = PublicKey.ofBytes(new byte[32]);
  private static final Address AT = Address.parse("toq://peer.example:7000/agent");
  private static final Rule BY_ADDRESS = new Rule.ByAddress("toq://peer.example/*");

  @TempDir Path folder;
  private PermissionsFile permissions;
  private int questions;

  @BeforeEach
  void open() throws IOException {
    DataDirectory directory = DataDirectory.resolve(Map.of(), folder, Optional.of(Path.of("agent")));
    directory.create();
    permissions = PermissionsFile.open(directory, InstantSource.fixed(Instant.parse("2026-11-26T12:00:00Z")));
  }

  private Decision decision(ConnectionMode mode, boolean bound, boolean verified) {
    Policy policy = new Policy(permissions, () -> mode, (address, key) -> bound, (claimed, key, source) -> {
      questions++;
      return verified;
    }, new ApprovalQueue(permissions, 100));
    return policy.decide(policy.standing(KEY, AT, InetAddress.getLoopbackAddress()));
  }

  @ParameterizedTest(name = "A-41: in mode {0} an approval by address lets in a bound key, without asking DNS")
  @EnumSource(value = ConnectionMode.class, names = {"ALLOWLIST", "APPROVAL"})
  void bound(ConnectionMode mode) throws IOException {
    permissions.approve(BY_ADDRESS);
    assertEquals(new Decision.Admit(), decision(mode, true, false));
    assertEquals(0, questions);
  }

  @ParameterizedTest(name = "A-41: in mode {0} an approval by address lets in a key that DNS confirms, and no other")
  @EnumSource(value = ConnectionMode.class, names = {"ALLOWLIST", "APPROVAL"})
  void verified(ConnectionMode mode) throws IOException {
    assertFalse(decision(mode, false, true) instanceof Decision.Admit, "no rule, no answer of DNS counts");
    assertEquals(0, questions);
    permissions.approve(BY_ADDRESS);
    assertEquals(new Decision.Admit(), decision(mode, false, true));
    assertFalse(decision(mode, false, false) instanceof Decision.Admit);
    assertEquals(2, questions);
  }

  @Test
  @DisplayName("A-51: in mode dns-verified only an approval by key stands for the answer of DNS")
  void dnsVerified() throws IOException {
    permissions.approve(BY_ADDRESS);
    assertEquals(new Decision.Refuse(), decision(ConnectionMode.DNS_VERIFIED, true, false));
    permissions.approve(new Rule.ByKey(KEY));
    assertEquals(new Decision.Admit(), decision(ConnectionMode.DNS_VERIFIED, false, false));
    assertEquals(1, questions);
  }

  @Test
  @DisplayName("A-49: a key that was denied is not let in by an approval of its address")
  void denied() throws IOException {
    permissions.approve(BY_ADDRESS);
    permissions.deny(KEY);
    assertEquals(new Decision.Deny(), decision(ConnectionMode.APPROVAL, true, true));
    assertEquals(new Decision.Refuse(), decision(ConnectionMode.ALLOWLIST, true, true));
    permissions.approve(new Rule.ByKey(KEY));
    assertEquals(new Decision.Admit(), decision(ConnectionMode.APPROVAL, true, true));
  }

  @Test
  @DisplayName("R-16.1-01: the mode that nobody set is approval")
  void standard() {
    assertEquals(ConnectionMode.APPROVAL, Config.standard().connectionMode());
    assertTrue(decision(Config.standard().connectionMode(), false, false) instanceof Decision.Ask);
  }
}
