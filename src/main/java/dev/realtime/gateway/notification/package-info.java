/** Notifications of users: stored first, then pushed to every device, once each. */
@NullMarked
package dev.realtime.gateway.notification;

import org.jspecify.annotations.NullMarked;
