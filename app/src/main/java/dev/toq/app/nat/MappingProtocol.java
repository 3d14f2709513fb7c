package dev.toq.app.nat;

import java.io.IOException;

/** One way to ask a router for a port. Both methods have deadlines of their own; a thread's interrupt ends them too. */
interface MappingProtocol {
  /** As the owner reads it. */
  String title();

  /**
   * Makes the mapping, or renews it: both are the same question.
   *
   * @throws RefusedException where the router says no
   * @throws IOException where it does not answer, or not in this protocol
   */
  Mapping map(Gateway gateway, Wish wish) throws IOException;

  /** Removes the mapping; one that is not there is no error. */
  void unmap(Gateway gateway, Wish wish) throws IOException;
}
