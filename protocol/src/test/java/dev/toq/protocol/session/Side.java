package dev.toq.protocol.session;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.NOW;

import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.StrictJson;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** One side of a connection in a test: against another side over pipes, or against written bytes. */
record Side(Self self, PeerCredentials peer, FrameChannel channel, ByteArrayOutputStream sent) {
  static final Self ALICE_SELF = new Self(ALICE, ALICE_ADDRESS);
  static final Self BOB_SELF = new Self(BOB, BOB_ADDRESS);

  /** Alice, who reads these frames. */
  static Side alice(byte[]... frames) {
    return of(ALICE_SELF, BOB_SELF, frames);
  }

  /** Bob, who reads these frames. */
  static Side bob(byte[]... frames) {
    return of(BOB_SELF, ALICE_SELF, frames);
  }

  private static Side of(Self self, Self other, byte[]... frames) {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    return new Side(self, credentials(other), channel(framed(frames), sent), sent);
  }

  SetupChannel setup() {
    return setup(self, peer, channel);
  }

  static SetupChannel setup(Self self, PeerCredentials peer, FrameChannel channel) {
    return setup(self, peer, channel, binding(self, "tls-1", false));
  }

  static SetupChannel setup(Self self, PeerCredentials peer, FrameChannel channel, ChannelBinding binding) {
    Random random = new Random(self.address().hashCode());
    return new SetupChannel(channel, self, peer, peer.address(), self.address()::names, binding,
        () -> new UUID(random.nextLong() & ~0xF000L | 0x4000L, random.nextLong() >>> 2 | 1L << 63), () -> NOW);
  }

  /** The binding of a TLS connection of this name; Alice opened it. */
  static ChannelBinding binding(Self self, String tls, boolean isRequired) {
    ChannelBinding.Exporter exporter = (label, length) -> hash(tls + label, length);
    try {
      return self.equals(ALICE_SELF)
          ? ChannelBinding.asInitiator(exporter, isRequired) : ChannelBinding.asReceiver(exporter, isRequired);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] hash(String text, int length) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Arrays.copyOf(hash, length);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  static PeerCredentials credentials(Self self) {
    return new PeerCredentials(self.identity().publicKey(), self.address(), new byte[32], Optional.empty(),
        Optional.of("sess-1"), Optional.of("0.1"), new Rotation.None());
  }

  /** What was sent, frame by frame. */
  List<JsonValue.JsonObject> sentObjects() {
    List<JsonValue.JsonObject> objects = new ArrayList<>();
    FrameReader reader = new FrameReader(new ByteArrayInputStream(sent.toByteArray()));
    int left = sent.size();
    try {
      while (left > 0) {
        byte[] payload = reader.read(1_048_576);
        objects.add((JsonValue.JsonObject) StrictJson.parse(payload));
        left -= payload.length + 4;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JsonException e) {
      throw new AssertionError(e);
    }
    return objects;
  }

  /** The type where the payload is an envelope; credentials have none. */
  static Optional<String> typeOf(byte[] payload) {
    try {
      return ((JsonValue.JsonObject) StrictJson.parse(payload)).text("type");
    } catch (JsonException e) {
      throw new AssertionError(e);
    }
  }

  static FrameChannel channel(byte[] in, ByteArrayOutputStream out) {
    return new FrameChannel(new FrameReader(new ByteArrayInputStream(in)), out);
  }

  static byte[] framed(byte[]... payloads) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (byte[] payload : payloads) {
      frames.writeBytes(new byte[] {(byte) (payload.length >>> 24), (byte) (payload.length >>> 16),
          (byte) (payload.length >>> 8), (byte) payload.length});
      frames.writeBytes(payload);
    }
    return frames.toByteArray();
  }

  /** Runs both at once and returns both results; throws what either threw. */
  static <A, B> Both<A, B> both(Callable<A> first, Callable<B> second) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var one = threads.submit(first);
      var other = threads.submit(second);
      return new Both<>(one.get(20, TimeUnit.SECONDS), other.get(20, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  record Both<A, B>(A first, B second) {}
}
