package dev.toq.app.admission;

import dev.toq.app.admission.Places.Place;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Decides about each connection when it is accepted, by nothing but where it comes from.
 *
 * <pre>
 *   this machine          exempt from rate and penalties unless rate_limit_loopback; places of its own
 *   known source          an approved key was active there in the last 24 hours: no penalties, all places
 *   everybody else        penalties, rate, nine tenths of the places
 * </pre>
 *
 * Addresses cannot be forged here: a connection that is accepted has answered our packets. Safe for any number of
 * threads; every call is a few look-ups under one lock.
 */
public final class Admission {
  /** What becomes of an accepted connection. */
  public sealed interface Entry {
    /** It is served, and gives its place back when it is closed. */
    record Admitted(Visit visit) implements Entry {}

    /** It is to be closed, before a byte is read (R-5.8-03). */
    record Refused(String reason) implements Entry {}
  }

  private static final Entry PENALISED = new Entry.Refused("its source is penalised");
  private static final Entry TOO_OFTEN = new Entry.Refused("rate_connections_per_ip reached");
  private static final Entry FULL = new Entry.Refused("max_connections reached");

  private final ReentrantLock lock = new ReentrantLock();
  private final boolean countsLoopback;
  private final SourceRates rates;
  private final Penalties penalties;
  private final KnownSources known;
  private final Places places;

  /**
   * Nobody is there yet, and nobody penalised.
   *
   * @param nanoTime counts as {@link System#nanoTime}
   * @param perSecond new connections of one source; 0 is no limit
   * @param countsLoopback whether rate and penalties hold for this machine's own addresses too
   */
  public Admission(LongSupplier nanoTime, int maxConnections, int perSecond, boolean countsLoopback) {
    this.countsLoopback = countsLoopback;
    this.rates = new SourceRates(nanoTime, perSecond);
    this.penalties = new Penalties(nanoTime);
    this.known = new KnownSources(nanoTime);
    this.places = new Places(maxConnections);
  }

  /** Decides about a connection from this address. */
  public Entry enter(InetAddress address) {
    Source source = Source.of(address);
    lock.lock();
    try {
      boolean isKnown = known.contains(source);
      boolean isPenalised = counts(source) && !isKnown && penalties.refuses(source);
      if (isPenalised && !source.isLoopback()) {
        return PENALISED;
      }
      if (counts(source) && !rates.allows(source)) { // R-5.8-03
        return TOO_OFTEN;
      }
      return places.take(source.isLoopback(), isKnown)
          .<Entry>map(place -> new Entry.Admitted(new Visit(source, place, isPenalised))).orElse(FULL);
    } finally {
      lock.unlock();
    }
  }

  /** A key that the owner approved answered at this address when we called it. */
  public void reached(InetAddress address) {
    lock.lock();
    try {
      known.arrived(Source.of(address));
      known.left(Source.of(address));
    } finally {
      lock.unlock();
    }
  }

  /** How many sources are refused for what they did. */
  public int penalised() {
    lock.lock();
    try {
      return penalties.biting();
    } finally {
      lock.unlock();
    }
  }

  private boolean counts(Source source) {
    return !source.isLoopback() || countsLoopback;
  }

  /** One connection that was admitted, until it is closed. */
  public final class Visit implements AutoCloseable {
    private final Source source;
    private final boolean isPenalised;
    private Place place;
    private boolean showedApprovedKey;

    private Visit(Source source, Place place, boolean isPenalised) {
      this.source = source;
      this.place = place;
      this.isPenalised = isPenalised;
    }

    /**
     * Whether it may speak toq. Where strangers come in through a program of this machine, as a tunnel does, their
     * penalty keeps them out, but not the owner, who comes from the same address.
     */
    public boolean maySpeakToq() {
      return !isPenalised;
    }

    /** False where it is beyond {@code max_connections}, and its peer is to be told so (R-21.3-02). */
    public boolean hasRoom() {
      lock.lock();
      try {
        return place != Place.OVERFLOW;
      } finally {
        lock.unlock();
      }
    }

    /** The peer did something wrong; where its source is refused from now on for it, for how long. */
    public Optional<Duration> offended(Offence offence) {
      lock.lock();
      try {
        return !counts(source) || known.contains(source) ? Optional.empty() : penalties.add(source, offence);
      } finally {
        lock.unlock();
      }
    }

    /** The peer has proven a key that the owner approved. */
    public void showsApprovedKey() {
      lock.lock();
      try {
        if (!showedApprovedKey) {
          showedApprovedKey = true;
          known.arrived(source);
          place = source.isLoopback() ? place : places.known(place);
        }
      } finally {
        lock.unlock();
      }
    }

    /** Gives the place back; to be called once. */
    @Override
    public void close() {
      lock.lock();
      try {
        places.giveBack(place);
        if (showedApprovedKey) {
          known.left(source);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
