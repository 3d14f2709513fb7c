package dev.toq.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The picture of an invite, read by another library's reader, as a phone sees it. */
class QrPictureTest {
  private static final int SCALE = 4;

  private static String read(List<String> lines) throws Exception {
    int width = lines.getFirst().length();
    int height = lines.size() * 2;
    int[] pixels = new int[width * height * SCALE * SCALE];
    Arrays.fill(pixels, 0xFF000000);
    for (int y = 0; y < height * SCALE; y++) {
      for (int x = 0; x < width * SCALE; x++) {
        char block = lines.get(y / SCALE / 2).charAt(x / SCALE);
        boolean light = block == '\u2588' || block == (y / SCALE % 2 == 0 ? '\u2580' : '\u2584');
        if (light) {
          pixels[y * width * SCALE + x] = 0xFFFFFFFF;
        }
      }
    }
    return new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(
        new RGBLuminanceSource(width * SCALE, height * SCALE, pixels))), Map.of(DecodeHintType.TRY_HARDER, true))
        .getText();
  }

  @Test
  @DisplayName("Another reader finds the link in the picture, and the picture fits a terminal of 80 columns and 30 "
      + "lines")
  void reads() throws Exception {
    for (String host : List.of("localhost", "192.168.178.20", "[2001:db8:1234:5678::1]", "agents.example.org:9009")) {
      String link = "toq-invite:1/" + host + "/kitchen-agent/tY1PDCVhVkF7pR2oQb5zLGyVZ4Hq9oBpyhlLJbBHTo8/"
          + "0123456789abcdefABCDEF/t5x2ab/AbCdEf";
      List<String> lines = QrPicture.of(link);
      assertEquals(link, read(lines));
      assertTrue(lines.size() <= 30 && lines.getFirst().length() <= 80, lines.size() + " lines");
    }
  }
}
