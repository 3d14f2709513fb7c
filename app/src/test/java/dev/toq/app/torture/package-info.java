/**
 * The daemon under attack, over live sockets: malformed input, a bad network, stalled and cut connections, replays,
 * races, and clocks that jump; and its readers under spoiled input.
 *
 * <p>Each test is driven from outside, by what a peer, a local program or a clock can do. Each has a long form, started
 * by {@link dev.toq.app.torture.Torture} with the figures of {@code docs/reliability.md}, and a short one that runs
 * with the other tests. Both print their seed; the same seed draws the same attack.
 */
@NullMarked
package dev.toq.app.torture;

import org.jspecify.annotations.NullMarked;
