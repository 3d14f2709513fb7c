package dev.toq.store;

import java.util.UUID;

/**
 * What an outbox knows a message by. A message to many recipients is one for each of them, all with the same id.
 *
 * @param recipient address of the one recipient that is meant, as text
 */
public record OutboxKey(UUID id, String recipient) {}
