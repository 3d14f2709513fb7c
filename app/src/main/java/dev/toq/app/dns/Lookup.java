package dev.toq.app.dns;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * One question: a name and a type, followed over its aliases. Of an answer only what stands under the name in question,
 * in the right class, is read; what else a server sends along is nothing to us.
 */
final class Lookup {
  /** So many aliases may follow each other, whether one answer holds them or several. */
  private static final int MOST_ALIASES = 8;

  private final Resolver resolver;
  private final Executor executor;
  private final boolean believesAd;
  private final int type;
  private final Set<Name> seen = new HashSet<>();
  private boolean isSecure = true;
  private Duration ttl = AgentDirectory.MOST_KEPT;

  /** @param believesAd whether an answer's AD bit means anything (RFC 6840 section 5.7) */
  private Lookup(Resolver resolver, Executor executor, boolean believesAd, int type) {
    this.resolver = resolver;
    this.executor = executor;
    this.believesAd = believesAd;
    this.type = type;
  }

  static CompletableFuture<DnsAnswer<Record>> start(
      Resolver resolver, Executor executor, boolean believesAd, Name name, int type) {
    return new Lookup(resolver, executor, believesAd, type).ask(name)
        .exceptionally(failed -> new DnsAnswer.Unanswered<>(sentence(failed)))
        .completeOnTimeout(
            new DnsAnswer.Unanswered<>("no name server answered within " + NameSystem.LIMIT.toSeconds() + " s"),
            NameSystem.LIMIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static String sentence(Throwable failed) {
    Throwable cause = failed.getCause() == null ? failed : failed.getCause();
    return "no answer of use: " + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
  }

  /** Each step begins when the one before is complete, so the fields need no lock. */
  private CompletableFuture<DnsAnswer<Record>> ask(Name name) {
    Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    if (believesAd) {
      query.getHeader().setFlag(Flags.AD);
    }
    return resolver.sendAsync(query, executor).toCompletableFuture()
        .thenCompose(message -> read(name, message));
  }

  private CompletableFuture<DnsAnswer<Record>> read(Name asked, Message message) {
    isSecure &= believesAd && message.getHeader().getFlag(Flags.AD); // R-15.4-02
    Name name = asked;
    while (true) {
      if (!seen.add(name) || seen.size() > MOST_ALIASES) {
        return done(new DnsAnswer.Unanswered<>("its aliases lead in a circle, or too far"));
      }
      Optional<RRset> found = under(name, type, message);
      if (found.isPresent()) {
        keep(found.get());
        return done(new DnsAnswer.Found<>(
            found.get().rrs(false).stream().limit(NameSystem.MOST_ANSWERS).toList(), isSecure, ttl));
      }
      Optional<RRset> alias = under(name, Type.CNAME, message);
      if (alias.isEmpty()) {
        break;
      }
      keep(alias.get());
      name = ((CNAMERecord) alias.get().first()).getTarget();
    }
    return switch (message.getRcode()) {
      case Rcode.SERVFAIL -> done(new DnsAnswer.Bogus<>("SERVFAIL" + why(message))); // R-15.4-03, A-51
      case Rcode.NXDOMAIN -> done(new DnsAnswer.Nothing<>(ttl));
      case Rcode.NOERROR -> name.equals(asked) ? done(new DnsAnswer.Nothing<>(ttl)) : again(name);
      default -> done(new DnsAnswer.Unanswered<>("a name server answers " + Rcode.string(message.getRcode())));
    };
  }

  /** The answer ends with an alias: its target is asked for by itself. */
  private CompletableFuture<DnsAnswer<Record>> again(Name target) {
    seen.remove(target);
    return ask(target);
  }

  private static Optional<RRset> under(Name name, int type, Message message) {
    List<RRset> sets = message.getSectionRRsets(Section.ANSWER);
    return sets.stream()
        .filter(set -> set.getType() == type && set.getDClass() == DClass.IN && set.getName().equals(name)
            && set.size() > 0)
        .findFirst();
  }

  private void keep(RRset set) {
    Duration its = Duration.ofSeconds(Math.max(0, set.getTTL()));
    ttl = its.compareTo(ttl) < 0 ? its : ttl;
  }

  /** What the server, or our own check of signatures, says about its failure (RFC 8914). */
  private static String why(Message message) {
    return message.getOPT() == null ? "" : message.getOPT().getOptions().stream()
        .filter(ExtendedErrorCodeOption.class::isInstance).map(ExtendedErrorCodeOption.class::cast)
        .filter(error -> error.getText() != null).map(error -> ": " + error.getText()).findFirst().orElse("");
  }

  private static CompletableFuture<DnsAnswer<Record>> done(DnsAnswer<Record> answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
