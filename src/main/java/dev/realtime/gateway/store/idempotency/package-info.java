/** What has been done under which key, so that a repeated request does nothing a second time. */
@NullMarked
package dev.realtime.gateway.store.idempotency;

import org.jspecify.annotations.NullMarked;
