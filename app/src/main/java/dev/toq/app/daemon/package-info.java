@NullMarked
package dev.toq.app.daemon;

import org.jspecify.annotations.NullMarked;
