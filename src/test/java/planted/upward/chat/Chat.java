package planted.upward.chat;

/** Planted for {@code ArchitectureTest}. */
public record Chat() {}
