package planted.friends.dev;

/** Planted for {@code ArchitectureTest}. */
public record Tokens(planted.friends.call.Call call) {}
