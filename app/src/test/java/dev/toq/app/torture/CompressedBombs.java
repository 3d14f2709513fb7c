package dev.toq.app.torture;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/**
 * Small bodies that would grow large, over live sockets: each is refused with the code that it earns, one whose
 * signature is wrong is refused for that and never decompressed, and the daemon's memory does not follow what they
 * claim. The exact allocation of each decoder is the matter of {@code BombTest}.
 */
final class CompressedBombs implements Torture.Test {
  private static final int MEGABYTE = 1 << 20;
  private static final double MOST_GROWTH_MEGABYTES = 20;
  /** In the short form the daemon has not warmed up before. */
  private static final double MOST_COLD_GROWTH_MEGABYTES = 80;
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7003/bomber");

  /** A compressed body, how much it would become in bytes, and the code of its refusal. */
  private record Bomb(String algorithm, byte[] body, long becomes, String code) {}

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int each = options.number("each", 2, 500);
    int warmUp = options.number("warm-up", 0, 100);
    Map<String, Bomb> bombs = bombs();
    try (DaemonProcess daemon = DaemonProcess.start(Map.of())) {
      Random chance = options.chance(1);
      for (int i = 0; i < warmUp; i++) {
        bombs.forEach((name, bomb) -> send(daemon.port(), name, bomb, true, findings));
      }
      double before = daemon.residentMegabytes();
      for (Map.Entry<String, Bomb> one : bombs.entrySet()) {
        int signed = 0;
        for (int i = 0; i < each; i++) {
          boolean isSigned = i == 0 || i != 1 && chance.nextBoolean();
          signed += isSigned ? 1 : 0;
          send(daemon.port(), one.getKey(), one.getValue(), isSigned, findings);
        }
        Bomb bomb = one.getValue();
        findings.figure("%s: %d bytes for %,d, %d times %s, %d times invalid_signature", one.getKey(),
            bomb.body().length, bomb.becomes(), signed, bomb.code(), each - signed);
      }
      double growth = daemon.residentMegabytes() - before;
      findings.figure("memory: %.1f MB before, %+.1f MB after", before, growth);
      findings.require(growth <= (options.isShort() ? MOST_COLD_GROWTH_MEGABYTES : MOST_GROWTH_MEGABYTES),
          "memory grew by " + growth + " MB");
      daemon.errorLines().stream().limit(5).forEach(line -> findings.wrong("in the log: " + line));
    }
  }

  private static void send(int port, String name, Bomb bomb, boolean isSigned, Findings findings) {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "localhost", port)) {
      agreeOn(peer, bomb.algorithm());
      JsonObject message = peer.envelope("message.send",
          new JsonPrimitive(Base64.getEncoder().encodeToString(bomb.body())));
      message.addProperty("content_type", "application/json");
      message.addProperty("compression", bomb.algorithm());
      peer.sign(message);
      if (!isSigned) {
        message.addProperty("priority", "high"); // after it was signed
      }
      peer.sendRawFrame(message.toString());
      String code = peer.readErrorCode();
      findings.require(code.equals(isSigned ? bomb.code() : "invalid_signature"),
          name + (isSigned ? "" : ", spoiled after it was signed,") + " is refused as " + code);
    } catch (IOException | RuntimeException | AssertionError broken) {
      findings.wrong(name + ": " + broken);
    }
  }

  private static void agreeOn(RawPeer peer, String algorithm) throws IOException {
    peer.startTls();
    peer.sendMagic();
    peer.sendCredentials();
    peer.readCredentials();
    JsonArray offer = new JsonArray();
    offer.add(algorithm);
    peer.negotiate(request -> request.getAsJsonObject("body").getAsJsonObject("features").add("compression", offer));
    peer.exchangeCards();
  }

  private static Map<String, Bomb> bombs() {
    byte[] zeros = gzip(new byte[64 * MEGABYTE]);
    Map<String, Bomb> bombs = new LinkedHashMap<>();
    bombs.put("gzip 1000:1", new Bomb("gzip", zeros, 64L * MEGABYTE, "message_too_large"));
    bombs.put("gzip that lies about its length",
        new Bomb("gzip", withLength(zeros, 100), 64L * MEGABYTE, "invalid_envelope"));
    bombs.put("gzip in gzip", new Bomb("gzip", gzip(zeros), zeros.length, "invalid_envelope"));
    bombs.put("zstd 32,000:1",
        new Bomb("zstd", repeated(1 << 13, 128 << 10), (1L << 13) * (128 << 10), "message_too_large"));
    bombs.put("zstd block above its window", new Bomb("zstd", repeated(1, (128 << 10) + 1), (128 << 10) + 1,
        "invalid_envelope"));
    return bombs;
  }

  private static byte[] gzip(byte[] clear) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(clear);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  /** The length of the clear text stands in the last four bytes (RFC 1952 section 2.3.1). */
  private static byte[] withLength(byte[] gzip, int length) {
    byte[] lying = gzip.clone();
    ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN).putInt(lying.length - 4, length);
    return lying;
  }

  /** A zstd frame (RFC 8878) without content size, window 2 MB: so many blocks that repeat one byte so often. */
  private static byte[] repeated(int blocks, int size) {
    ByteBuffer frame = ByteBuffer.allocate(6 + blocks * 4).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(0xFD2FB528).put((byte) 0).put((byte) 0x58);
    for (int i = 1; i <= blocks; i++) {
      int header = size << 3 | 2 | (i == blocks ? 1 : 0);
      frame.putShort((short) header).put((byte) (header >> 16)).put((byte) 'x');
    }
    return frame.array();
  }
}
