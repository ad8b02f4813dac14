package planted.friends.live;

/** Planted for {@code ArchitectureTest}. */
public record Live(planted.friends.protocol.Word word, planted.friends.notification.Push push) {}
