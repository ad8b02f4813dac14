package dev.realtime.gateway.faults.site;

import dev.realtime.gateway.faults.checker.HookJudge;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Two gateways, what they stand on, and a clock that knows when this machine held us up. */
public final class Site implements AutoCloseable {

  private static final long LOOK = 50_000_000L;

  private final HookReceiver receiver;
  private final Servers servers;
  private final List<GatewayNode> launched;
  private final List<GatewayNode> nodes;
  private final AtomicLong lag = new AtomicLong();
  private final Thread clock;

  /**
   * Starts everything.
   *
   * @param folder for logs
   * @param hooks judges what the gateways report
   * @param batch how many events they may report at once
   */
  public Site(Path folder, HookJudge hooks, int batch) {
    receiver = new HookReceiver(hooks);
    Map<String, String> settings =
        Map.of(
            "WEBHOOK_URL",
            receiver.url(),
            "WEBHOOK_SECRET",
            HookReceiver.SECRET,
            "WEBHOOK_EVENTS",
            "message.created,stream.started,stream.ended",
            "WEBHOOK_TIMEOUT",
            "2s",
            "WEBHOOK_FIRST_RETRY",
            "200ms",
            "WEBHOOK_BATCH",
            Integer.toString(batch));
    GatewayJar jar = new GatewayJar(folder);
    servers = new Servers();
    launched =
        Stream.of("A", "B")
            .map(name -> new GatewayNode(name, servers, jar, folder, settings))
            .toList();
    nodes = new CopyOnWriteArrayList<>(launched);
    clock = Thread.ofPlatform().daemon().name("faults-clock").start(this::watch);
    nodes.forEach(GatewayNode::launch);
    // The first question to Redis loads a client, for which no fault should wait later.
    servers.channels();
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

  public HookReceiver receiver() {
    return receiver;
  }

  public Servers servers() {
    return servers;
  }

  /** The gateways in service. */
  public List<GatewayNode> nodes() {
    return nodes;
  }

  /** Takes a gateway out of service for good: nobody connects to it any more. */
  public void retire(GatewayNode node) {
    nodes.remove(node);
  }

  public GatewayNode any(Random random) {
    return nodes.get(random.nextInt(nodes.size()));
  }

  @Override
  public void close() {
    clock.interrupt();
    launched.forEach(GatewayNode::close);
    servers.close();
    receiver.close();
  }
}
