@NullMarked
package dev.toq.app.cli;

import org.jspecify.annotations.NullMarked;
