package planted.development.dev;

/** Planted for {@code ArchitectureTest}. */
public record Tokens() {}
