package planted.development.web;

/** Planted for {@code ArchitectureTest}. */
public record Login(planted.development.dev.Tokens tokens) {}
