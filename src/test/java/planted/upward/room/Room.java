package planted.upward.room;

/** Planted for {@code ArchitectureTest}. */
public record Room(planted.upward.chat.Chat chat) {}
