package planted.friends.chat;

/** Planted for {@code ArchitectureTest}. */
public record Chat(planted.friends.notification.Push push) {}
