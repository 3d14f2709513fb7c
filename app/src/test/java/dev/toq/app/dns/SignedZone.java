package dev.toq.app.dns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DNSSEC.DNSSECException;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A zone with one P-256 key, that signs what a test wants, as it should or not. */
final class SignedZone {
  private static final Duration HOUR = Duration.ofHours(1);

  final Name apex;
  private final KeyPair pair;
  private final DNSKEYRecord key;

  SignedZone(String apex) throws GeneralSecurityException {
    this.apex = TestNameServer.name(apex);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    pair = generator.generateKeyPair();
    try {
      key = new DNSKEYRecord(this.apex, DClass.IN, 300, DNSKEYRecord.Flags.ZONE_KEY | DNSKEYRecord.Flags.SEP_KEY,
          DNSKEYRecord.Protocol.DNSSEC, DNSSEC.Algorithm.ECDSAP256SHA256, pair.getPublic());
    } catch (DNSSECException impossible) {
      throw new GeneralSecurityException(impossible);
    }
  }

  /** Writes the key into a file that {@code dns_trust_anchors} may name. */
  Path anchors(Path directory) throws IOException {
    return Files.writeString(directory.resolve("anchors"), key + "\n");
  }

  /** Lets the server hand out the key. */
  void serve(TestNameServer server) {
    server.on(apex.toString(), Type.DNSKEY, (query, tcp) -> Optional.of(signed(query, key).toWire()));
  }

  Message signed(Message query, Record... records) {
    return signed(query, Instant.now().plus(HOUR), records);
  }

  /** An answer that is signed until then. */
  Message signed(Message query, Instant until, Record... records) {
    Message answer = TestNameServer.answer(query, records);
    answer.getHeader().setFlag(Flags.AA);
    answer.addRecord(signature(until, records), Section.ANSWER);
    return answer;
  }

  /** The answer that nothing is at this name but these types, with its proof (RFC 4035 section 3.1.3.1). */
  Message denied(Message query, int... types) {
    Name name = query.getQuestion().getName();
    Message answer = TestNameServer.answer(query);
    answer.getHeader().setFlag(Flags.AA);
    Record soa = new SOARecord(apex, DClass.IN, 300, apex, apex, 1, 3600, 600, 86_400, 300);
    Record nsec = new NSECRecord(name, DClass.IN, 300, apex, types);
    for (Record record : new Record[] {soa, nsec}) {
      answer.addRecord(record, Section.AUTHORITY);
      answer.addRecord(signature(Instant.now().plus(HOUR), record), Section.AUTHORITY);
    }
    return answer;
  }

  private RRSIGRecord signature(Instant until, Record... records) {
    try {
      return DNSSEC.sign(new RRset(records), key, pair.getPrivate(), until.minus(HOUR.multipliedBy(2)), until);
    } catch (DNSSECException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
