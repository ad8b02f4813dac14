package planted.features.chat;

/** Planted for {@code ArchitectureTest}. */
public record Chat(planted.features.live.Stream stream) {}
