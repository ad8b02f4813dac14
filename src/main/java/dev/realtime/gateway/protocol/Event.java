package dev.realtime.gateway.protocol;

/** What the gateway pushes. The name on the wire is the record's {@code @JsonTypeName}. */
public sealed interface Event
    permits SessionEvent, ChatEvent, LiveEvent, NotificationEvent, AppEvent {}
