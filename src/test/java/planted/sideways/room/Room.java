package planted.sideways.room;

/** Planted for {@code ArchitectureTest}. */
public record Room(planted.sideways.security.Caller caller) {}
