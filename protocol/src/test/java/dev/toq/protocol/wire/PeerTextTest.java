package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PeerTextTest {
  @DisplayName("Control, bidirectional and line-breaking characters of a peer's text are shown as escapes")
  @Test
  void escapes() {
    assertEquals("a\\u001b[31mb\\u000ac\\u007f\\u009b", PeerText.shown("a\u001b[31mb\nc\u007f\u009b"));
    assertEquals("\\u202e\\u2066\\u200f\\u2028\\u2029\\ufeff", PeerText.shown("\u202e\u2066\u200f\u2028\u2029\ufeff"));
    assertEquals("\\ud800x", PeerText.shown("\ud800x"));
    assertEquals("\\u0000", PeerText.shown("\0"));
  }

  @DisplayName("Letters, marks and pictures of every script stand as they are")
  @Test
  void plain() {
    String text = "Zo\u00eb \u4f60\u597d \u0645\u0631\u062d\u0628\u0627 \ud83d\ude00 a\u0301 1/2 <b>";
    assertEquals(text, PeerText.shown(text));
  }

  @DisplayName("A long text is cut, and the cut is shown")
  @Test
  void cut() {
    assertEquals("abc…", PeerText.shown("abcd", 3));
    assertEquals("abc", PeerText.shown("abc", 3));
    assertEquals(501, PeerText.shown("x".repeat(10_000)).length());
    assertTrue(PeerText.shown("\u001b".repeat(10_000)).length() < 520);
    assertEquals("ab\ud83d\ude00…", PeerText.shown("ab\ud83d\ude00c", 4));
  }
}
