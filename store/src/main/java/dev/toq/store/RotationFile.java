package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code keys/rotation.json}: the keys that this agent had before, each with its signature over the next one (A-42,
 * There is none before the first rotation.
 *
 * <p>Promise: what is read leads, proven, to the key in {@code identity.key}. Limit: 64 steps, 64 KiB.
 *
 * <pre>
 * {"format":1,"rotations":[{"old_public_key":"ed25519:…","new_public_key":"ed25519:…","rotation_proof":"ed25519:…"}]}
 * </pre>
 *
 * <p>Commit point: it is written before {@code identity.key}, whose rename is the rotation. Recovery: a last step that
 * leads away from the key in use is of a rotation that never came about, and does not count.
 */
final class RotationFile {
  private static final String NAME = "format";
  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 65_536;

  private RotationFile() {}

  /**
   * The chain that ends with this key.
   *
   * @throws StoreException where the file is damaged, newer than this version, or belongs to another key
   */
  static RotationChain read(Path file, PublicKey inUse) throws IOException {
    Optional<byte[]> bytes = WholeFile.read(file, MOST_BYTES);
    if (bytes.isEmpty()) {
      return RotationChain.NONE;
    }
    RotationChain chain;
    try {
      chain = parse(FormatVersion.check(file, StrictJson.parse(bytes.get()), NAME, FORMAT));
    } catch (JsonException | IllegalArgumentException e) {
      throw damaged(file, String.valueOf(e.getMessage()));
    }
    List<RotationChain.Step> steps = chain.steps();
    if (!steps.isEmpty() && steps.getLast().oldKey().equals(inUse)) {
      chain = new RotationChain(steps.subList(0, steps.size() - 1));
    }
    if (chain.latest().filter(last -> !last.newKey().equals(inUse)).isPresent() || !chain.isProven()) {
      throw damaged(file, "it does not lead to the key in identity.key");
    }
    return chain;
  }

  private static StoreException damaged(Path file, String why) {
    return new StoreException(file + " is damaged: " + why,
        "bring it back from a backup; without it, peers that met an earlier key take this agent for a stranger");
  }

  private static RotationChain parse(JsonObject root) throws JsonException {
    if (!(root.members().get("rotations") instanceof JsonArray rotations)) {
      throw new JsonException("its member rotations is no array");
    }
    return RotationChain.of(rotations);
  }

  static void write(FileLayer files, Path file, RotationChain chain) throws IOException {
    WholeFile.write(files, file, StrictJson.write(
        JsonObject.builder().put(NAME, FORMAT).put("rotations", chain.toJson()).build()));
  }
}
