/** Tests of what name servers may say. */
@NullMarked
package dev.toq.app.dns;

import org.jspecify.annotations.NullMarked;
