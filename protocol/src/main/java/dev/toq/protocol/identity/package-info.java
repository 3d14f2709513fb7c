@NullMarked
package dev.toq.protocol.identity;

import org.jspecify.annotations.NullMarked;
