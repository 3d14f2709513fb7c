/** Announcements, honest and not, on the loopback. */
@org.jspecify.annotations.NullMarked
package dev.toq.app.mdns;
