package dev.toq.protocol.session;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;

/** Who we are on a connection. */
public record Self(Identity identity, Address address) {}
