/**
 * Asks the router in front of this machine to lead a port to us (specification 8.8): PCP, NAT-PMP, UPnP IGD. Whatever a
 * router says is a stranger's word: short, waited for with a deadline, and of no consequence beyond the port.
 */
@NullMarked
package dev.toq.app.nat;

import org.jspecify.annotations.NullMarked;
