package planted.features.live;

/** Planted for {@code ArchitectureTest}. */
public record Stream() {}
