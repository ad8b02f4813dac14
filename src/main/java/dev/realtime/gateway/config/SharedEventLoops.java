package dev.realtime.gateway.config;

import io.lettuce.core.resource.EventLoopGroupProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.concurrent.TimeUnit;
import reactor.netty.resources.LoopResources;

/**
 * Lets Lettuce use the event loops of the web server: a message from the bus is then often read by
 * the thread that writes it to the sockets, and no other has to be woken.
 */
final class SharedEventLoops implements EventLoopGroupProvider {

  private final LoopResources loops;

  SharedEventLoops(LoopResources loops) {
    this.loops = loops;
  }

  // Lettuce asks by the class of its own choice and uses it as a plain group.
  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends EventLoopGroup> T allocate(Class<T> type) {
    return (T) loops.onServer(true);
  }

  @Override
  public int threadPoolSize() {
    return LoopResources.DEFAULT_IO_WORKER_COUNT;
  }

  /** The loops belong to the web server, which ends them. */
  @Override
  public Future<Boolean> release(
      EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
    return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
  }

  @Override
  public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
    return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
  }
}
