package planted.inner.web;

/** Planted for {@code ArchitectureTest}. */
public record Description(planted.inner.web.imports.Line line) {}
