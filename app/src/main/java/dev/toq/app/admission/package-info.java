/**
 * Which connections are served at all (specification 5.8, 21.3; A-57), decided when they are accepted, before anybody
 * has said a word: rates, penalties and places for each source. Opens no socket and knows nothing of what is said.
 */
@NullMarked
package dev.toq.app.admission;

import org.jspecify.annotations.NullMarked;
