package dev.toq.app.cli;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.DataDirectory;
import dev.toq.store.PeersFile;
import dev.toq.store.Permissions;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.List;

/** Rules in their file, while no daemon runs. */
record FileRules(Permissions permissions, DataDirectory directory) implements Rules {
  @Override
  public List<Pending> pending() {
    return permissions.pending();
  }

  @Override
  public List<Rule> approved() {
    return permissions.approved();
  }

  @Override
  public List<Rule> blocked() {
    return permissions.blocked();
  }

  @Override
  public void approve(Rule rule) throws IOException {
    permissions.approve(rule);
  }

  @Override
  public void revoke(Rule rule) throws IOException {
    permissions.revoke(rule);
  }

  @Override
  public void block(Rule rule) throws IOException {
    try (PeersFile peers = PeersFile.open(directory, permissions::approvedKeys)) {
      for (Rule each : Permissions.blockOf(rule, peers.all())) {
        permissions.block(each);
      }
    }
  }

  @Override
  public void unblock(Rule rule) throws IOException {
    permissions.unblock(rule);
  }

  @Override
  public boolean deny(PublicKey key) throws IOException {
    return permissions.deny(key);
  }
}
