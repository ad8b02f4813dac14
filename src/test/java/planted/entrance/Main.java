package planted.entrance;

/** Planted for {@code ArchitectureTest}. */
public record Main() {}
