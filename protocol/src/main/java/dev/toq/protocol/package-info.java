@NullMarked
package dev.toq.protocol;

import org.jspecify.annotations.NullMarked;
