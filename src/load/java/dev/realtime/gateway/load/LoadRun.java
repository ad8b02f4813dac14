package dev.realtime.gateway.load;

import dev.realtime.gateway.load.report.Count;
import dev.realtime.gateway.load.report.Result;
import dev.realtime.gateway.load.report.Tally;
import dev.realtime.gateway.load.server.ServerProcess;
import dev.realtime.gateway.load.server.Users;
import dev.realtime.gateway.load.setting.Mode;
import dev.realtime.gateway.load.setting.Settings;
import dev.realtime.gateway.load.socket.Dialer;
import dev.realtime.gateway.load.socket.UpgradeRequest;
import dev.realtime.gateway.load.socket.Workers;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One run: prepare, connect, speak, drain, leave. Each part ends by itself. */
final class LoadRun implements AutoCloseable {

  private static final Duration LEAD = Duration.ofMillis(100);
  private static final Duration LEAVE_PATIENCE = Duration.ofSeconds(10);
  private static final long CHECK_MS = 20;

  private final Settings settings;
  private final Instant startedAt = Instant.now();
  private final ScheduledExecutorService control = Executors.newSingleThreadScheduledExecutor();
  private final Workers workers;
  private final RunClock clock = new RunClock();
  private final Users users;
  private final Cast cast;
  private final Stage stage;
  private final Dialer dialer;
  private final ServerProcess server;
  private final Progress progress;
  // The control thread adds; read when it has ended adding.
  private final Collection<Client> clients = new ConcurrentLinkedQueue<>();

  /**
   * @param seen where a line a second goes
   */
  LoadRun(Settings settings, PrintStream seen) {
    this.settings = settings;
    String run = "load-" + Long.toString(startedAt.toEpochMilli(), 36);
    this.users = Users.of(settings.access(), run);
    this.cast = new Cast(settings, users, run);
    this.workers = new Workers(settings.wiring().threads(), settings.pace().seed());
    this.dialer = new Dialer(settings.target(), settings.wiring().sourceAddresses());
    this.server = new ServerProcess(settings.output().serverPids());
    this.progress = new Progress(workers, clock, seen);
    this.stage =
        new Stage(
            clock,
            Talk.of(settings.mode()),
            Padding.of(settings.pace()),
            settings.mode() == Mode.CONNECT);
  }

  /** Carries it out. */
  Result carryOut() throws InterruptedException {
    ServerProcess.Use before = server.use();
    cast.prepare();
    progress.begin(control);
    return settings.mode() == Mode.CONNECT ? storm(before) : hold(before);
  }

  // --- connects are what is measured

  private Result storm(ServerProcess.Use before) throws InterruptedException {
    long begin = clock.now() + LEAD.toNanos();
    long from = begin + settings.times().warmup().toNanos();
    long end = from + settings.times().duration().toNanos();
    clock.measure(from, end);
    waitUntil(begin);
    int rate = settings.pace().rate();
    CompletableFuture<Void> opened = connect(rate == 0 ? null : new DueTimes(begin, rate, 1), end);
    waitUntil(from);
    Moment first = moment();
    awaitEnd(opened, end + LEAVE_PATIENCE.toNanos());
    return result(before, first, first.use(), moment());
  }

  // --- everybody connects first

  private Result hold(ServerProcess.Use before) throws InterruptedException {
    Duration ramp = settings.times().ramp();
    int total = settings.layout().connections();
    DueTimes times =
        ramp.isZero() ? null : new DueTimes(clock.now(), total / (double) ramp.toSeconds(), 1);
    awaitEnd(connect(times, Long.MAX_VALUE), Long.MAX_VALUE);
    ServerProcess.Use ready = server.use();
    long begin = clock.now() + LEAD.toNanos();
    long from = begin + settings.times().warmup().toNanos();
    long end = from + settings.times().duration().toNanos();
    clock.measure(from, end);
    List<Pacemaker> pacemakers = new Pacemakers(settings, clock, begin, end).of(clients);
    pacemakers.forEach(Pacemaker::begin);
    progress.watch(pacemakers);
    waitUntil(from);
    Moment first = moment();
    waitUntil(end);
    Moment last = moment();
    drain();
    leave();
    return result(before, first, ready, last);
  }

  private CompletableFuture<Void> connect(@Nullable DueTimes times, long end) {
    Dial dial = new Dial();
    Connector.Plan plan =
        new Connector.Plan(
            settings.layout().connections(), settings.wiring().inFlight(), times, end);
    Connector connector = new Connector(control, clock, plan, dial);
    dial.connector = connector;
    return connector.begin();
  }

  /** Ends early when all has come. */
  private void drain() throws InterruptedException {
    awaitCondition(() -> workers.sum().lost() == 0 && unanswered() == 0, settings.times().drain());
  }

  private long unanswered() throws InterruptedException {
    Tally now = workers.sum();
    return settings.mode() == Mode.WRITES
        ? now.of(Count.SENT) - now.of(Count.ACKNOWLEDGED) - now.of(Count.REFUSED)
        : 0;
  }

  private void leave() throws InterruptedException {
    clients.forEach(client -> client.loop().execute(client::leave));
    awaitCondition(() -> clients.stream().allMatch(Client::isGone), LEAVE_PATIENCE);
  }

  private interface Condition {
    boolean holds() throws InterruptedException;
  }

  private void awaitCondition(Condition condition, Duration patience) throws InterruptedException {
    long until = clock.now() + patience.toNanos();
    while (!condition.holds() && clock.now() < until) {
      waitUntil(clock.now() + TimeUnit.MILLISECONDS.toNanos(CHECK_MS));
    }
  }

  private void waitUntil(long time) throws InterruptedException {
    CompletableFuture<Void> then = new CompletableFuture<>();
    var _ = control.schedule(() -> then.complete(null), time - clock.now(), TimeUnit.NANOSECONDS);
    awaitEnd(then, Long.MAX_VALUE);
  }

  private void awaitEnd(CompletableFuture<Void> end, long until) throws InterruptedException {
    try {
      end.get(Math.max(1, until - clock.now()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      return;
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    }
  }

  private record Moment(long time, Tally tally, ServerProcess.Use use) {}

  private Moment moment() throws InterruptedException {
    return new Moment(clock.now(), workers.sum(), server.use());
  }

  private Result result(
      ServerProcess.Use before, Moment first, ServerProcess.Use ready, Moment last)
      throws InterruptedException {
    double seconds = (last.time() - first.time()) / 1e9;
    Result.ServerUse use =
        server.isKnown()
            ? new Result.ServerUse(
                last.use().cpuSeconds() - first.use().cpuSeconds(),
                before.rssBytes(),
                ready.rssBytes(),
                last.use().rssBytes())
            : null;
    return new Result(
        settings,
        startedAt,
        workers.sum(),
        Result.Measured.between(first.tally(), last.tally(), seconds),
        use);
  }

  @Override
  public void close() {
    control.shutdownNow();
    workers.close();
  }

  /** Opens each connection; tells the connector when it is settled. */
  private final class Dial implements Connector.Opening {

    private @Nullable Connector connector;

    @Override
    public void open(int connection, long due) {
      Client client =
          new Client(
              cast.seat(connection),
              stage,
              workers.of(connection),
              new UpgradeRequest(settings.target(), users.token(connection)),
              Objects.requireNonNull(connector)::settled);
      if (!stage.leavesWhenReady()) {
        clients.add(client);
      }
      client.open(dialer, due);
    }
  }
}
