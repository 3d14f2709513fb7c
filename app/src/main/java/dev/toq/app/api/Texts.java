package dev.toq.app.api;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.wire.PeerText;
import java.util.Optional;
import java.util.function.Function;

/** Reads and shows the texts that callers and peers choose. */
final class Texts {
  /** What a text says, or the sentence why it does not. */
  sealed interface Read<T> {
    record Good<T>(T value) implements Read<T> {}

    record Bad<T>(String reason) implements Read<T> {}

    default T orElseThrow(Function<String, ApiError> error) {
      return switch (this) {
        case Good<T>(T value) -> value;
        case Bad<T>(String reason) -> throw error.apply(reason);
      };
    }
  }

  private Texts() {}

  static Read<Address> address(String text) {
    return read(text, Address::parse);
  }

  static Read<PublicKey> key(String text) {
    return read(text, PublicKey::parse);
  }

  static Read<Invitation> invitation(String link) {
    return read(link, Invitation::parse);
  }

  /** A pattern that some address matches. */
  static Read<String> pattern(String text) {
    return read(text, pattern -> {
      AddressPattern.check(pattern);
      return pattern;
    });
  }

  private static <T> Read<T> read(String text, Function<String, T> parser) {
    try {
      return new Read.Good<>(parser.apply(text));
    } catch (IllegalArgumentException e) {
      return new Read.Bad<>(Optional.ofNullable(e.getMessage()).orElse("this cannot be read: " + text));
    }
  }

  /** Whether the text has at most so many characters, none of which a terminal would act on. */
  static boolean isPrintable(String text, int longest) {
    return text.length() <= longest && PeerText.shown(text, longest * 2).equals(text);
  }

  static String shown(String text) {
    return PeerText.shown(text);
  }
}
