package planted.entrance.socket;

/** Planted for {@code ArchitectureTest}. */
public record Socket(planted.entrance.Main main) {}
