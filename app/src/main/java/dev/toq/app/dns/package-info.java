/** The domain name system, as this agent asks it (specification 19, 15.4, 16.5). */
@NullMarked
package dev.toq.app.dns;

import org.jspecify.annotations.NullMarked;
