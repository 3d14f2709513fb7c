@NullMarked
package dev.toq.protocol.envelope;

import org.jspecify.annotations.NullMarked;
