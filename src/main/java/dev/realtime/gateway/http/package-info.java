/** Refusals over HTTP, as problem+json, for both edges. */
@NullMarked
package dev.realtime.gateway.http;

import org.jspecify.annotations.NullMarked;
