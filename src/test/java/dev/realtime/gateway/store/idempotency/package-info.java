/** Tests of the keys of repeated requests. */
@NullMarked
package dev.realtime.gateway.store.idempotency;

import org.jspecify.annotations.NullMarked;
