package dev.toq.protocol.envelope;

import dev.toq.protocol.Spec;
import java.util.List;
import java.util.Optional;

/**
 * What the two sides of one connection agreed on, and what this side takes in: the measures of {@link EnvelopeCheck}.
 *
 * @param maxMessageBytes largest frame payload, specification section 4.6
 * @param compression the one algorithm that was negotiated (section 6.3)
 * @param endToEnd whether encrypted bodies were negotiated
 * @param streaming whether streams were negotiated
 * @param acceptFiles whether binary content types are taken at all
 * @param maxFileBytes largest decoded binary body
 * @param blockedContentTypes content types to refuse beside the executable ones, as prefixes (R-4.8-03)
 */
public record Terms(
    int maxMessageBytes,
    Optional<String> compression,
    boolean endToEnd,
    boolean streaming,
    boolean acceptFiles,
    long maxFileBytes,
    List<String> blockedContentTypes) {

  public Terms {
    blockedContentTypes = List.copyOf(blockedContentTypes);
  }

  /** The terms before anything was agreed: frames of at most 128 KiB, no feature, no files. */
  public static Terms beforeActive() {
    return new Terms(Spec.MAX_SETUP_FRAME_BYTES, Optional.empty(), false, false, false, 0, List.of());
  }
}
