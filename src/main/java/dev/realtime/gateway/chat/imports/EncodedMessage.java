package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.chat.Draft;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message of the import in the form of its row. The import encodes messages before its
 * transaction begins, so that it holds no lock meanwhile.
 *
 * @param extra the parts of the message other than its text, as JSON; null if there are none
 */
record EncodedMessage(
    Draft draft,
    UUID fingerprint,
    @Nullable String extra,
    Instant createdAt,
    @Nullable Instant editedAt) {}
