package dev.realtime.gateway.load.socket;

import dev.realtime.gateway.load.report.Tally;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/** The event loops of a run. */
public final class Workers implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 30;

  private final EventLoopGroup group;
  private final List<Worker> workers;

  public Workers(int threads, long seed) {
    IoHandlerFactory factory =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    group = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("load"), factory);
    workers =
        IntStream.range(0, threads).mapToObj(i -> new Worker(group.next(), seed + i)).toList();
  }

  /** Whose connection this is. */
  public Worker of(int connection) {
    return workers.get(connection % workers.size());
  }

  /** What all have counted up to now. */
  public Tally sum() throws InterruptedException {
    Tally sum = new Tally();
    for (Worker worker : workers) {
      try {
        worker.loop().submit(() -> sum.add(worker.tally())).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException stuck) {
        throw new IllegalStateException("An event loop does not answer", stuck);
      }
    }
    return sum;
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
