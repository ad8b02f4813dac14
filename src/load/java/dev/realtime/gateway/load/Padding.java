package dev.realtime.gateway.load;

import dev.realtime.gateway.load.setting.Settings;
import java.util.SplittableRandom;

/** Text that makes a message as long as asked, and that no compression shrinks to nothing. */
final class Padding {

  private Padding() {}

  static String of(Settings.Pace pace) {
    StringBuilder text = new StringBuilder();
    new SplittableRandom(pace.seed())
        .ints(Math.max(0, pace.size() - Marker.LENGTH), 'a', 'z' + 1)
        .forEach(text::appendCodePoint);
    return text.toString();
  }
}
