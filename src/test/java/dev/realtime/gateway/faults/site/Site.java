package dev.realtime.gateway.faults.site;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Two gateways, what they stand on, and a clock that knows when this machine held us up. */
public final class Site implements AutoCloseable {

  private static final long LOOK = 50_000_000L;

  private final Servers servers;
  private final List<GatewayNode> nodes;
  private final AtomicLong lag = new AtomicLong();
  private final Thread clock;

  public Site(Path folder) {
    servers = new Servers();
    nodes = List.of(new GatewayNode("A", servers, folder), new GatewayNode("B", servers, folder));
    clock = Thread.ofPlatform().daemon().name("faults-clock").start(this::watch);
    nodes.forEach(GatewayNode::launch);
    nodes.forEach(GatewayNode::awaitReady);
  }

  /** Whatever a short wait takes too long, a gateway may have had to wait for too. */
  private void watch() {
    while (!Thread.currentThread().isInterrupted()) {
      long before = System.nanoTime();
      LockSupport.parkNanos(LOOK);
      long late = System.nanoTime() - before - 2 * LOOK;
      if (late > 0) {
        lag.addAndGet(late);
      }
    }
  }

  /** How long all waits of this machine were held up so far, in nanoseconds. */
  public long lag() {
    return lag.get();
  }

  public Servers servers() {
    return servers;
  }

  public List<GatewayNode> nodes() {
    return nodes;
  }

  public GatewayNode any(Random random) {
    return nodes.get(random.nextInt(nodes.size()));
  }

  @Override
  public void close() {
    clock.interrupt();
    nodes.forEach(GatewayNode::close);
    servers.close();
  }
}
