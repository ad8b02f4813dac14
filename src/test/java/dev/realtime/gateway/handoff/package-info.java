/** Messages and notifications that no device took, seen by a platform that receives webhooks. */
@NullMarked
package dev.realtime.gateway.handoff;

import org.jspecify.annotations.NullMarked;
