package dev.toq.protocol;

import java.time.Duration;

/** Every number of the protocol: first the specification's, with their sections, then limits of our own. */
public final class Spec {
  // Numbers of the specification.

  /** The protocol version (section 4.2). */
  public static final String VERSION = "0.1";

  /** Default port (3.2). */
  public static final int DEFAULT_PORT = 9009;

  /** First bytes of an initiator (5.2). */
  private static final byte[] MAGIC = {0x54, 0x4F, 0x51, 0x01};

  /** Largest handshake payload, inclusive (5.3). */
  public static final int MAX_HANDSHAKE_BYTES = 65_536;

  /** Default largest envelope (4.6). */
  public static final int MAX_MESSAGE_BYTES = 1_048_576;

  /** Largest card, on its canonical bytes (7.3, A-27). */
  public static final int MAX_CARD_BYTES = 65_536;

  /** Bytes of a handshake challenge (5.3). */
  public static final int CHALLENGE_BYTES = 32;

  /** Bytes of an Ed25519 public key, and of a seed (13.1). */
  public static final int KEY_BYTES = 32;

  /** Bytes of an Ed25519 signature (13.1). */
  public static final int SIGNATURE_BYTES = 64;

  /** Most recipients of one envelope (4.2). */
  public static final int MAX_RECIPIENTS = 100;

  // Limits of our own, where the specification names none.

  /** Largest frame before ACTIVE: a card and its header. */
  public static final int MAX_SETUP_FRAME_BYTES = 128 * 1024;

  /** A frame up to this multiple of the limit is skipped and answered; beyond, the connection closes. */
  public static final int DRAIN_FACTOR = 16;

  /** Deepest nesting of JSON containers. */
  public static final int MAX_JSON_DEPTH = 64;

  /** Longest agent name that is accepted, in characters. */
  public static final int MAX_AGENT_NAME = 255;

  /** Longest host name, in characters (RFC 1035 section 2.3.4, without the root's dot). */
  public static final int MAX_HOST_NAME = 253;

  /** Highest sequence number. */
  public static final long MAX_SEQUENCE = (1L << 53) - 1;

  /** Time for the last acknowledgements after a goodbye. */
  public static final Duration GOODBYE_ACKS = Duration.ofSeconds(5);

  /** Streams that one connection may have open towards us. */
  public static final int MAX_OPEN_STREAMS = 16;

  /** Content of a connection's open streams in total, where files set no limit. */
  public static final long MAX_STREAM_BYTES = 10L << 20;

  /** Parts of a connection's open streams in total: each costs memory, however small it is. */
  public static final int MAX_STREAM_PARTS = 65_536;

  /** A stream without a new part for so long is cancelled. */
  public static final Duration STREAM_IDLE = Duration.ofSeconds(60);

  private Spec() {}

  /** Whether a number is one that an envelope may carry as its sequence. */
  public static boolean isSequence(long number) {
    return number >= 0 && number <= MAX_SEQUENCE;
  }

  /**
   * Whether a connection whose next envelope would carry this number has to be replaced by a new one, with a goodbye
   * and a new session: half of all numbers are used, so there is time for it whatever happens.
   */
  public static boolean isNearLastSequence(long next) {
    return next > MAX_SEQUENCE / 2;
  }

  /** A copy of the four magic bytes. */
  public static byte[] magic() {
    return MAGIC.clone();
  }
}
