/**
 * What a body becomes on its way: compressed, encrypted, cut into the parts of a stream, and back. Nothing here opens a
 * socket or reads a clock; time, randomness and limits are handed in.
 */
@NullMarked
package dev.toq.protocol.body;

import org.jspecify.annotations.NullMarked;
