@NullMarked
package dev.toq.app.api;

import org.jspecify.annotations.NullMarked;
