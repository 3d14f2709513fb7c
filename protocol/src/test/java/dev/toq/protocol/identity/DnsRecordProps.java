package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class DnsRecordProps {
  @Property
  @Label("R-19.1-01: what is written is read again, in any order and with any spacing after the first field")
  void roundTrip(@ForAll @Size(32) byte[] key, @ForAll @IntRange(min = 1, max = 65_535) int port,
      @ForAll @AlphaChars @StringLength(min = 1, max = 63) String name, @ForAll long seed) {
    DnsRecord record = new DnsRecord(
        PublicKey.ofBytes(key), OptionalInt.of(port), name.toLowerCase(java.util.Locale.ROOT));
    assertEquals(Optional.of(record), DnsRecord.parse(record.text()));

    Random random = new Random(seed);
    List<String> fields = new ArrayList<>(List.of(record.text().split("; ")));
    StringBuilder text = new StringBuilder(blanks(random)).append(fields.removeFirst());
    Collections.shuffle(fields, random);
    for (String field : fields) {
      text.append(blanks(random)).append(';').append(blanks(random))
          .append(field.replaceFirst("=", blanks(random) + "="));
    }
    assertEquals(Optional.of(record), DnsRecord.parse(text.append(blanks(random)).toString()));
  }

  @Property
  @Label("Whatever a record holds, reading it comes to an end with a record or nothing")
  void anything(@ForAll String text) {
    DnsRecord.parse("v=toq1;" + text)
        .ifPresent(record -> assertEquals(Optional.of(record), DnsRecord.parse(record.text())));
  }

  private static String blanks(Random random) {
    return "\t".repeat(random.nextInt(2)) + " ".repeat(random.nextInt(3));
  }
}
