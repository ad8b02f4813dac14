package planted.open.store;

/** Planted for {@code ArchitectureTest}. */
public class Shelf {}
