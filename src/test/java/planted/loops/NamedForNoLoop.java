package planted.loops;

import org.junit.jupiter.api.Test;

/** Planted for {@code TestLoopsTest}: neither loop would find this test. */
final class NamedForNoLoop {

  @Test
  void isNeverRun() {}
}
