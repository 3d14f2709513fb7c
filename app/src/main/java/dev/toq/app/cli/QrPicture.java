package dev.toq.app.cli;

import io.nayuki.qrcodegen.QrCode;
import java.util.ArrayList;
import java.util.List;

/** A QR code (ISO/IEC 18004) in characters, two rows of it in each line of text. */
final class QrPicture {
  /** The light border: the standard asks for four modules, phones are content with two, and a terminal is small. */
  static final int BORDER = 2;

  private QrPicture() {}

  /**
   * The lines for a terminal that writes light on dark: what is light in the code is a block.
   *
   * @param text at most some 2,900 bytes of UTF-8
   */
  static List<String> of(String text) {
    QrCode code = QrCode.encodeText(text, QrCode.Ecc.LOW); // a screen does not get scratched
    List<String> lines = new ArrayList<>();
    for (int y = -BORDER; y < code.size + BORDER; y += 2) {
      StringBuilder line = new StringBuilder();
      for (int x = -BORDER; x < code.size + BORDER; x++) {
        boolean upper = !code.getModule(x, y);
        boolean lower = y + 1 < code.size + BORDER && !code.getModule(x, y + 1);
        line.append(upper ? lower ? '\u2588' : '\u2580' : lower ? '\u2584' : ' ');
      }
      lines.add(line.toString());
    }
    return lines;
  }
}
