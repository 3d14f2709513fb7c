@NullMarked
package dev.toq.store;

import org.jspecify.annotations.NullMarked;
