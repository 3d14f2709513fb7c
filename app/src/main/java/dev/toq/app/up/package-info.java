/** Starts and stops the daemon: puts stores, connections and the loopback API together. */
@NullMarked
package dev.toq.app.up;

import org.jspecify.annotations.NullMarked;
