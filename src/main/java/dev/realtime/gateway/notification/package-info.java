/** What users are told beside chats: stored first, then pushed to every device, once each. */
@NullMarked
package dev.realtime.gateway.notification;

import org.jspecify.annotations.NullMarked;
