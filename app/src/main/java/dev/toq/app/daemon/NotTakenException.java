package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import java.util.Optional;

/** A message of ours that is a file, for a peer whose card does not say that it takes files (R-7.2-04, A-31). */
final class NotTakenException extends Exception {
  private static final long serialVersionUID = 1;

  NotTakenException(Address to, Optional<String> contentType) {
    super(to.full() + " takes no files, and content of type '" + contentType.orElse("") + "' counts as one");
  }
}
