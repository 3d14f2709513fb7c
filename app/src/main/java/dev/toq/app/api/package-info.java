/**
 * The HTTP interface for programs on the same machine: one file per resource, and {@code Guard} in front of all of
 * them. It asks the daemon only through {@code Agent}.
 */
@NullMarked
package dev.toq.app.api;

import org.jspecify.annotations.NullMarked;
