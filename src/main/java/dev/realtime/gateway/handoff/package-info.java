/** The hand-off to push of messages and notifications for users who are offline. */
@NullMarked
package dev.realtime.gateway.handoff;

import org.jspecify.annotations.NullMarked;
