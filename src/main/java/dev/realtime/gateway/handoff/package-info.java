/** What no device has seen goes to push: messages and notifications of users who are offline. */
@NullMarked
package dev.realtime.gateway.handoff;

import org.jspecify.annotations.NullMarked;
