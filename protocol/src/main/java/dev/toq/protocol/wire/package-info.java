@NullMarked
package dev.toq.protocol.wire;

import org.jspecify.annotations.NullMarked;
