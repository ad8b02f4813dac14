package dev.realtime.gateway.faults;

import dev.realtime.gateway.faults.Fault.Place;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import dev.realtime.gateway.faults.crowd.Backend;
import dev.realtime.gateway.faults.crowd.Crowd;
import dev.realtime.gateway.faults.crowd.Device;
import dev.realtime.gateway.faults.site.GatewayNode;
import dev.realtime.gateway.faults.site.Servers;
import dev.realtime.gateway.faults.site.Site;
import dev.realtime.gateway.faults.site.TcpWay;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** All faults there are. While a gateway starts again, others may happen. */
final class Faults {

  /** The drain window, what a drain may last beyond it, and some seconds for a busy machine. */
  private static final long DRAIN_SECONDS = 20;

  private final Site site;
  private final Servers servers;
  private final List<Device> devices;
  private final Backend backend;
  private final Violations violations;

  Faults(Site site, Crowd crowd, Violations violations) {
    this.site = site;
    this.servers = site.servers();
    this.devices = crowd.devices();
    this.backend = crowd.backend();
    this.violations = violations;
  }

  /**
   * The ones that say most come first. In a build the roll-out comes last, by {@link #retire}: a
   * gateway needs long to start again on a busy machine.
   */
  List<Fault> all(boolean inBuild) {
    Fault rollOut =
        new Fault("gateway: SIGTERM", Place.GATEWAY, 100, 1_000, (random, _) -> terminate(random));
    return Stream.concat(others().stream(), Stream.of(rollOut).filter(_ -> !inBuild)).toList();
  }

  private List<Fault> others() {
    return List.of(
        new Fault("gateway: kill -9", Place.GATEWAY, 300, 3_000, this::kill),
        new Fault("PostgreSQL: killed, restarted", Place.POSTGRES, 200, 4_000, this::killPostgres),
        new Fault("Redis: killed, restarted", Place.REDIS, 1_000, 6_000, this::killRedis),
        new Fault("gateway: SIGSTOP", Place.GATEWAY, 2_000, 8_000, this::stop),
        new Fault(
            "Redis: CLIENT PAUSE", Place.REDIS, 1_500, 6_000, (_, millis) -> pauseRedis(millis)),
        new Fault("Redis: cut off", Place.REDIS, 1_500, 8_000, on(GatewayNode::redis, TcpWay::cut)),
        new Fault(
            "Redis: black hole",
            Place.REDIS,
            2_500,
            20_000,
            on(GatewayNode::redis, TcpWay::swallow)),
        new Fault("PostgreSQL: stopped", Place.POSTGRES, 2_000, 12_000, this::stopPostgres),
        new Fault(
            "PostgreSQL: sessions ended", Place.POSTGRES, 500, 1_500, this::terminateSessions),
        new Fault(
            "PostgreSQL: cut off",
            Place.POSTGRES,
            1_500,
            8_000,
            on(GatewayNode::postgres, TcpWay::cut)),
        new Fault(
            "PostgreSQL: black hole",
            Place.POSTGRES,
            2_500,
            20_000,
            on(GatewayNode::postgres, TcpWay::swallow)),
        new Fault("clients: cut", Place.CLIENT, 500, 1_000, each(2, (device, _) -> device.cut())),
        new Fault("clients: stop reading", Place.CLIENT, 2_000, 10_000, each(3, Device::stall)),
        new Fault("callers who give up", Place.CLIENT, 1_000, 4_000, this::giveUp),
        new Fault("webhooks: refused", Place.RECEIVER, 1_500, 8_000, (_, _) -> refuseWebhooks()),
        new Fault(
            "PostgreSQL: slow",
            Place.POSTGRES,
            1_000,
            5_000,
            on(GatewayNode::postgres, way -> way.delay(20))),
        new Fault(
            "Redis: slow",
            Place.REDIS,
            1_000,
            5_000,
            on(GatewayNode::redis, way -> way.delay(50))));
  }

  private Runnable kill(Random random, int millis) {
    GatewayNode node = readyOne(random);
    node.kill();
    return node::revive;
  }

  private Runnable terminate(Random random) {
    GatewayNode node = readyOne(random);
    terminate(node);
    return node::revive;
  }

  /** One gateway goes, and all its clients move to the other. */
  void retire(Random random) {
    GatewayNode node = readyOne(random);
    site.retire(node);
    terminate(node);
  }

  private void terminate(GatewayNode node) {
    if (!node.terminate(DRAIN_SECONDS)) {
      violations.add(
          Kind.LEFTOVER, node.name(), "did not end within " + DRAIN_SECONDS + " s of SIGTERM");
    }
  }

  /** Without the other one nobody would be served. */
  private GatewayNode readyOne(Random random) {
    site.nodes().forEach(GatewayNode::awaitReady);
    return site.any(random);
  }

  private Runnable stop(Random random, int millis) {
    GatewayNode node = site.any(random);
    node.stop();
    return node::goOn;
  }

  private Runnable killPostgres(Random random, int millis) {
    servers.killPostgres();
    return servers::restartPostgres;
  }

  private Runnable stopPostgres(Random random, int millis) {
    servers.stopPostgres();
    return servers::resumePostgres;
  }

  private Runnable terminateSessions(Random random, int millis) {
    servers.terminateConnections();
    return () -> {};
  }

  private Runnable killRedis(Random random, int millis) {
    servers.killRedis();
    return servers::restartRedis;
  }

  private Runnable pauseRedis(int millis) {
    servers.pauseRedis(Duration.ofMillis(millis));
    return () -> {};
  }

  private Runnable refuseWebhooks() {
    site.receiver().away(true);
    return () -> site.receiver().away(false);
  }

  private Runnable giveUp(Random random, int millis) {
    for (int i = 0; i < 40; i++) {
      backend.act(true);
    }
    return () -> {};
  }

  /** On the ways of one gateway, or now and then of both. */
  private Fault.Strike on(Function<GatewayNode, TcpWay> way, Consumer<TcpWay> what) {
    return (random, _) -> {
      List<GatewayNode> struck = random.nextInt(4) == 0 ? site.nodes() : List.of(site.any(random));
      struck.forEach(node -> what.accept(way.apply(node)));
      return () -> struck.forEach(node -> way.apply(node).heal());
    };
  }

  /** On one in so many devices. */
  private Fault.Strike each(int oneIn, BiConsumer<Device, Long> what) {
    return (random, millis) -> {
      devices.stream()
          .filter(_ -> random.nextInt(oneIn) == 0)
          .forEach(device -> what.accept(device, (long) millis));
      return () -> {};
    };
  }
}
