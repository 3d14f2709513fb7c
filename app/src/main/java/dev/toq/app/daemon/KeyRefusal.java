package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Peers.Pin;
import java.time.Instant;

/** A key that was turned away for what is known of keys and addresses. The owner is told in a sentence. */
public sealed interface KeyRefusal {
  /** The key that was presented. */
  PublicKey offered();

  Instant at();

  /** What happened and, where something helps, the command; safe to show. */
  String sentence();

  /**
   * Its address belongs to another key (R-5.6-03).
   *
   * @param dialled whether we dialled the address; else the peer called itself so
   * @param source where the peer is
   */
  record Changed(Address address, Pin pin, PublicKey offered, boolean dialled, String source, Instant at)
      implements KeyRefusal {
    @Override
    public String sentence() {
      String who =
          dialled ? "at " + address.full() + " answered" : source + " called itself " + address.full() + " with";
      return who + " the key " + offered.fingerprint() + ", but this address belongs to the key "
          + pin.key().fingerprint() + "; it was refused. Only if its owner confirms the new key: " + command();
    }

    /** The command that accepts the key. */
    public String command() {
      return "toq peers accept " + address.full() + " " + offered;
    }
  }

  /** The key was replaced by another one (R-14.6-02): it stays retired, whoever has it. */
  record Retired(Address address, PublicKey offered, PublicKey successor, String source, Instant at)
      implements KeyRefusal {
    @Override
    public String sentence() {
      return source + " came as " + address.full() + " with the key " + offered.fingerprint() + ", which the key "
          + successor.fingerprint() + " has replaced; it was refused. Somebody may have a copy of the old key";
    }
  }
}
