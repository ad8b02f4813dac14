package dev.realtime.gateway.protocol;

/** What a client asks for. The name on the wire is the record's {@code @JsonTypeName}. */
public sealed interface Command
    permits SessionCommand, ChatCommand, LiveCommand, NotificationCommand {}
