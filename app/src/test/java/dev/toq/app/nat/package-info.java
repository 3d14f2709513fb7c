/** A router of the tests' own, friendly and hostile. */
@org.jspecify.annotations.NullMarked
package dev.toq.app.nat;
