package planted.friends.handoff;

/** Planted for {@code ArchitectureTest}. */
public record HandOff(
    planted.friends.chat.Chat chat, planted.friends.notification.Push notification) {}
