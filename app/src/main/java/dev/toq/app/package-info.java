/** The daemon and its faces. */
@NullMarked
package dev.toq.app;

import org.jspecify.annotations.NullMarked;
