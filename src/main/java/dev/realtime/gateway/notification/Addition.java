package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.NewNotification;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A notification to be stored for several users.
 *
 * @param userIds the users, without duplicates; may be empty
 * @param source the object that the notification is about, which is notified once per user; null
 *     for none
 */
public record Addition(
    NewNotification content, Collection<String> userIds, @Nullable String source) {}
