/**
 * A peer that speaks toq 0.1 byte by byte, to test endpoints with.
 *
 * <p>Nothing here shares a line with the implementation under test: framing, JSON, canonical form and signatures are a
 * second reading of the specification, so that one mistake cannot hide in both. It is slow and plain on purpose.
 */
@NullMarked
package dev.toq.spectests;

import org.jspecify.annotations.NullMarked;
