package planted.friends.call;

/** Planted for {@code ArchitectureTest}. */
public record Call(planted.friends.chat.Chat chat) {}
