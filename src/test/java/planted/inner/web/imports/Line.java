package planted.inner.web.imports;

/** Planted for {@code ArchitectureTest}. */
public record Line() {}
