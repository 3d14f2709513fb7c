package dev.toq.store;

import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text armour around DER (RFC 7468): written strictly, read with the text that other tools put around it. */
record Pem(String label, byte[] der) {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----\\s*([A-Za-z0-9+/=\\s]*?)-----END \\1-----");

  /** The first block with one of these labels; empty where there is none, or its base64 is damaged. */
  static Optional<Pem> first(String text, List<String> labels) {
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      if (labels.contains(matcher.group(1))) {
        try {
          String base64 = matcher.group(2).replaceAll("\\s", "");
          return Optional.of(new Pem(matcher.group(1), Base64.getDecoder().decode(base64)));
        } catch (IllegalArgumentException e) {
          return Optional.empty(); // the caller says which file holds no readable block
        }
      }
    }
    return Optional.empty();
  }

  /** With lines of 64 characters that end in a line feed. */
  String text() {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }
}
