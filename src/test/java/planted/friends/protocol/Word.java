package planted.friends.protocol;

/** Planted for {@code ArchitectureTest}. */
public record Word(String text) {}
