@NullMarked
package dev.toq.protocol.crypto;

import org.jspecify.annotations.NullMarked;
