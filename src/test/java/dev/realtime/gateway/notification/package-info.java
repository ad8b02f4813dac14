/** Notifications, seen by real clients on two nodes. */
@NullMarked
package dev.realtime.gateway.notification;

import org.jspecify.annotations.NullMarked;
