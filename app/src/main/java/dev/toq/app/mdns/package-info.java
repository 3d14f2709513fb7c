/**
 * Announces this agent on the local network and hears of others there (specification section 20): DNS-SD over multicast
 * DNS, by JmDNS. Anybody on the network can say anything; what is heard here says where to dial and which key has to
 * answer, and is trusted in nothing else.
 */
@NullMarked
package dev.toq.app.mdns;

import org.jspecify.annotations.NullMarked;
