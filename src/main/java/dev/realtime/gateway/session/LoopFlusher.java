package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.LoopTurns;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.List;

/**
 * Flushes, at the end of each turn of an event loop, every connection written to in that turn, so
 * that all writes of a turn to one connection leave in one system call. It never delays a frame
 * beyond the turn that wrote it.
 */
final class LoopFlusher {

  private static final FastThreadLocal<LoopFlusher> CURRENT = new FastThreadLocal<>();

  private final EventLoop loop;
  private List<Outbound> dirty = new ArrayList<>();
  private List<Outbound> spare = new ArrayList<>();

  private LoopFlusher(EventLoop loop) {
    this.loop = loop;
  }

  /** Returns the flusher of the event loop on whose thread the caller runs. */
  static LoopFlusher of(ChannelHandlerContext context) {
    LoopFlusher flusher = CURRENT.get();
    if (flusher == null) {
      flusher = new LoopFlusher(context.channel().eventLoop());
      CURRENT.set(flusher);
    }
    return flusher;
  }

  void add(Outbound outbound) {
    if (dirty.isEmpty()) {
      LoopTurns.atEnd(loop, this::flush);
    }
    dirty.add(outbound);
  }

  private void flush() {
    List<Outbound> due = dirty;
    dirty = spare;
    for (int i = 0; i < due.size(); i++) {
      due.get(i).flush();
    }
    due.clear();
    spare = due;
  }
}
