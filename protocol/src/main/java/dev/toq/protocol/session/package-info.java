@NullMarked
package dev.toq.protocol.session;

import org.jspecify.annotations.NullMarked;
