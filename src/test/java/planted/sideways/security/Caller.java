package planted.sideways.security;

/** Planted for {@code ArchitectureTest}. */
public record Caller() {}
