package planted.nowhere.helpers;

/** Planted for {@code ArchitectureTest}. */
public record Strings() {}
