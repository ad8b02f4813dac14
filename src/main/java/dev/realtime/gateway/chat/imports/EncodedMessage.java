package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.chat.Draft;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message of the import as its row holds it. The import encodes messages before its transaction
 * begins, so that no lock is held meanwhile.
 *
 * @param extra what the message has besides its text, as JSON; null for nothing
 */
record EncodedMessage(
    Draft draft,
    UUID fingerprint,
    @Nullable String extra,
    Instant createdAt,
    @Nullable Instant editedAt) {}
