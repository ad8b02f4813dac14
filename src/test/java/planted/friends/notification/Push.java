package planted.friends.notification;

/** Planted for {@code ArchitectureTest}. */
public record Push() {}
