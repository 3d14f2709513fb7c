/** What the daemon asks of the network around it. */
@org.jspecify.annotations.NullMarked
package dev.toq.app.up;
