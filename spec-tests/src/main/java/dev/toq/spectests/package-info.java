@NullMarked
package dev.toq.spectests;

import org.jspecify.annotations.NullMarked;
