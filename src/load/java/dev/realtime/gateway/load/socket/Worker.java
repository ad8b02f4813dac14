package dev.realtime.gateway.load.socket;

import dev.realtime.gateway.load.report.Tally;
import io.netty.channel.EventLoop;
import java.util.SplittableRandom;

/**
 * One event loop with what its connections share. All but the loop is touched on the loop only.
 *
 * @param scratch where a frame is looked at
 */
@SuppressWarnings("ArrayRecordComponent") // a place to work in, not a value
public record Worker(EventLoop loop, Tally tally, SplittableRandom random, byte[] scratch) {

  Worker(EventLoop loop, long seed) {
    this(loop, new Tally(), new SplittableRandom(seed), new byte[FrameReader.LONGEST]);
  }
}
