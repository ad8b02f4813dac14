package planted.framework.protocol;

/** Planted for {@code ArchitectureTest}. */
public record Envelope(reactor.core.publisher.Mono<String> text) {}
