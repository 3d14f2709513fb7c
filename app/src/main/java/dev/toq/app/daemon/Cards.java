package dev.toq.app.daemon;

import dev.toq.protocol.Spec;
import dev.toq.protocol.session.Card;
import dev.toq.protocol.session.Self;
import dev.toq.store.Config;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** This agent's own card (specification section 7.2), made from what the owner set. */
final class Cards {
  private Cards() {}

  static Card own(Config config, Config.ConnectionMode mode, Self self) {
    return new Card(config.agentName(), Optional.empty(), self.identity().publicKey(), Spec.VERSION, List.of(),
        config.acceptFiles(), config.acceptFiles() ? OptionalLong.of(config.maxFileSize()) : OptionalLong.empty(),
        OptionalLong.of(config.maxMessageSize()), Optional.of(mode.wire()));
  }
}
