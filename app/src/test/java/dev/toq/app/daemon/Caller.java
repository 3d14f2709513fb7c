package dev.toq.app.daemon;

import com.google.gson.JsonParser;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.spectests.RawIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A peer that comes with a message: says all that it can, and keeps all that it hears.
 *
 * @param name its key depends on this alone
 * @param replaced the name of the key that its key replaced, which it proves
 */
record Caller(String name, String address, Optional<String> replaced) {
  /** How a call is made to the agent at this port of the loopback interface; every byte that came back, above TLS. */
  interface Way {
    byte[] call(Caller caller, Address agent) throws Exception;
  }

  /** The kinds of peers there are. */
  enum Kind {
    /** Only what the specification has, as the deployed reference: no channel binding, no chain of rotations. */
    REFERENCE,
    /** With all that we add. */
    OURS;

    /** As {@link Way} says. */
    byte[] call(Caller caller, Address agent) throws Exception {
      return switch (this) {
        case REFERENCE -> ReferenceCall.make(caller, agent);
        case OURS -> OwnCall.make(caller, agent);
      };
    }

    String shown() {
      return this == REFERENCE ? "reference" : "ours";
    }
  }

  static Caller of(String name, String address) {
    return new Caller(name, address, Optional.empty());
  }

  Caller proving(String old) {
    return new Caller(name, address, Optional.of(old));
  }

  PublicKey key() {
    return identity(name).publicKey();
  }

  Identity identity() {
    return identity(name);
  }

  private static Identity identity(String name) {
    return Identity.ofSeed(seed(name));
  }

  /** What its key is made of, 32 bytes. */
  byte[] seed() {
    return seed(name);
  }

  RawIdentity raw() {
    return RawIdentity.ofSeed(seed(name), address);
  }

  /** The rotation that it proves. */
  RotationChain chain() {
    return replaced.map(old -> RotationChain.NONE.then(identity(old), key())).orElse(RotationChain.NONE);
  }

  private static byte[] seed(String name) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The kinds of the frames in these bytes: an envelope's type, or "credentials"; "nothing" for no byte. */
  static String frames(byte[] heard) throws IOException {
    List<String> frames = new ArrayList<>();
    ByteBuffer rest = ByteBuffer.wrap(heard);
    while (rest.remaining() >= Integer.BYTES) {
      byte[] payload = new byte[rest.getInt()];
      rest.get(payload);
      var json = JsonParser.parseString(new String(payload, StandardCharsets.UTF_8)).getAsJsonObject();
      frames.add(json.has("type") ? json.get("type").getAsString() : "credentials");
    }
    if (rest.hasRemaining()) {
      frames.add("and " + rest.remaining() + " bytes");
    }
    return frames.isEmpty() ? "nothing" : String.join(" ", frames);
  }
}
