package dev.toq.protocol.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

class PhaseProps {
  @Property
  @Label("R-8.1-01, R-8.1-02: a connection goes to the next phase, past the cards by a resume, or to CLOSED")
  void walksInOrder(@ForAll Phase from, @ForAll Phase to) {
    boolean next = to.ordinal() == from.ordinal() + 1 && from != Phase.CLOSED;
    boolean resumed = from == Phase.NEGOTIATING && to == Phase.ACTIVE;
    boolean legal = next || resumed || (to == Phase.CLOSED && from != Phase.CLOSED);

    assertEquals(legal, from.mayBecome(to));
    if (legal) {
      assertEquals(to, from.become(to));
    } else {
      assertThrows(IllegalStateException.class, () -> from.become(to));
    }
  }
}
