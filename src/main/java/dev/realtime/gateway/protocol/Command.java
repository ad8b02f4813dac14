package dev.realtime.gateway.protocol;

/** A request of a client. The name on the wire is the record's {@code @JsonTypeName}. */
public sealed interface Command
    permits SessionCommand, ChatCommand, LiveCommand, NotificationCommand {}
